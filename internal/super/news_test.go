package super

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/news"
)

// knows waits until a role says that it knows what it should. It asks again when it was answered, or when a second went by
// without an answer: a role that is just being started does not dump.
func (d *daemon) knows(role, what string) {
	d.t.Helper()
	asked, answers := time.Time{}, 0
	eventually(d.t, role+" knows "+what, func() bool {
		d.mu.Lock()
		said := d.said(role + " knows ")
		d.mu.Unlock()
		if n := len(said); asked.IsZero() || n > answers || time.Since(asked) > time.Second {
			isAnswer := !asked.IsZero() && n > answers
			asked, answers = time.Now(), n
			d.signal(syscall.SIGUSR1)
			return isAnswer && strings.HasPrefix(said[n-1], what)
		}
		return false
	})
}

// said is what follows a text in the lines that have it; mu is held.
func (d *daemon) said(text string) (all []string) {
	for _, l := range d.lines {
		if _, rest, ok := strings.Cut(l, text); ok {
			all = append(all, rest)
		}
	}
	return all
}

// heard is how often a role said last that it has heard something.
func (d *daemon) heard(role string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := -1
	for _, l := range d.lines {
		if m := regexp.MustCompile(role + ` knows .* heard (\d+)\.`).FindStringSubmatch(l); m != nil {
			n, _ = strconv.Atoi(m[1])
		}
	}
	return n
}

// startNews starts a daemon with the third role and waits until the start is complete and lines were said.
func startNews(t *testing.T, conf string, lines ...string) *daemon {
	t.Helper()
	d := startDaemon(t, conf, "SUPER_TEST_THIRD=1")
	d.expectAll(append(lines, "Startup complete")...)
	t.Cleanup(func() {
		d.never("OUT OF ORDER")
		d.never("UNREADABLE")
	})
	return d
}

func TestNewsGoesToThoseWhoFollow(t *testing.T) {
	t.Parallel()
	d := startNews(t, "vrrp\nchecker\nthird\nvrrp tells 3 1\nchecker tells 2 5\nthird tells 7 1")
	d.knows("third", "5: ") // of both tellers under the same names, and not its own
	d.knows("vrrp", "0: ")
	d.knows("checker", "0: ")
	d.write("vrrp\nchecker\nthird\nvrrp tells 1 4\nthird tells 7 1")
	d.signal(syscall.SIGHUP)
	d.expect("Reload complete")
	d.knows("third", "1: 1 at 4;")
}

// A teller that tells as fast as it can, of thousands of things, and a follower that takes its time for
// each: neither the teller nor the supervisor waits, and the follower gets only what is still true.
func TestAFastTellerAndASlowFollower(t *testing.T) {
	t.Parallel()
	d := startNews(t, "vrrp\nthird\nvrrp tells 4000 20\nthird slow-hear 10", "vrrp told all 20 rounds")
	d.knows("third", "4000: 4000 at 20;")
	if n := d.heard("third"); n >= 20*4000 {
		t.Errorf("the follower was told %d times", n)
	} else {
		t.Logf("told 80000 times, heard %d times", n)
	}
}

// A follower that does not run at all holds up nobody: the teller goes on to its end, the supervisor
// does its work, and when the follower goes on it hears how things are.
func TestAStoppedFollower(t *testing.T) {
	t.Parallel()
	d := startNews(t, "vrrp\nchecker\nthird\nvrrp tells 4000 20", "vrrp told all 20 rounds")
	d.knows("third", "4000: 4000 at 20;")
	third := d.pid("third.pid")
	kill(t, third, syscall.SIGSTOP)
	kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
	d.expect("VRRP child process(", "vrrp committed", "vrrp told all 20 rounds")
	kill(t, d.pid("checkers.pid"), syscall.SIGKILL)
	d.expect("Healthcheck child process(", "checker committed")
	kill(t, third, syscall.SIGCONT)
	d.knows("third", "4000: 4000 at 20;")
	if d.pid("third.pid") != third {
		t.Error("the follower is another process")
	}
}

// An engine that is stuck in Hear still takes a configuration, and stops.
func TestAFollowerThatIsStuck(t *testing.T) {
	d := startNews(t, "vrrp\nthird\nthird stuck-hear")
	d.write("vrrp\nthird\nthird stuck-hear\nthird tag B\nvrrp tells 100 100")
	d.signal(syscall.SIGHUP)
	d.expectAll("third will not hear", "third committed B", "Reload complete", "vrrp told all 100 rounds")
	d.write("vrrp\nthird\nthird stuck-hear\nthird tag C\nvrrp tells 50 1")
	d.signal(syscall.SIGHUP)
	d.expectAll("third committed C", "Reload complete")
	d.signal(syscall.SIGTERM)
	d.exit(0)
	d.never("did not stop in time")
}

// A new process begins with everything, before it sees a configuration: after a death as well as when its
// role becomes wanted.
func TestAFollowerBeginsWithEverything(t *testing.T) {
	t.Parallel()
	d := startNews(t, "vrrp\nvrrp tells 10000 3", "vrrp told all 3 rounds")
	d.write("vrrp\nvrrp tells 10000 3\nthird")
	d.signal(syscall.SIGHUP)
	d.expectAll("third begins with 10000", "Reload complete", "vrrp told all 3 rounds")
	d.knows("third", "10000: 10000 at 3;")
	for range 2 {
		kill(t, d.pid("third.pid"), syscall.SIGKILL)
		d.expect("Third child process(", "third begins with 10000", "third committed")
		d.knows("third", "10000: 10000 at 3;")
	}
}

// When a teller dies its news is stale, not gone, until its next process has told what it has; a reload
// in the middle makes no difference.
func TestADeadTeller(t *testing.T) {
	t.Parallel()
	gate := filepath.Join(t.TempDir(), "gate")
	open := func() {
		if err := os.WriteFile(gate, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shut := func() {
		if err := os.Remove(gate); err != nil {
			t.Fatal(err)
		}
	}
	conf := func(more string) string { return "vrrp\nthird\nvrrp wait-prepare " + gate + "\n" + more }
	open()
	d := startNews(t, conf("vrrp tells 10000 2"))
	d.knows("third", "10000: 10000 at 2;")

	shut()
	kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
	d.expect("VRRP child process(")
	d.knows("third", "10000: 10000 at 2?;")
	d.write(conf("vrrp tells 9000 3\nthird tag B"))
	d.signal(syscall.SIGHUP)
	d.expect("third committed B", "Reload complete")
	d.knows("third", "10000: 10000 at 2?;")
	open()
	d.knows("third", "9000: 9000 at 3;")

	d.write(conf("vrrp shuts-up\nvrrp tag C")) // a process that has nothing to tell
	d.signal(syscall.SIGHUP)
	d.expectAll("vrrp committed C", "Reload complete")
	d.knows("third", "9000: 9000 at 3;")
	kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
	d.expect("VRRP child process(", "vrrp committed C")
	d.knows("third", "0: ")
}

// A role that the configuration no longer needs tells nothing any more, whether its process stops
// now or has died already.
func TestATellerThatLeaves(t *testing.T) {
	t.Parallel()
	for _, dead := range []bool{false, true} {
		t.Run(fmt.Sprintf("dead %v", dead), func(t *testing.T) {
			d := startNews(t, "vrrp\nthird\nvrrp tells 100 1")
			d.knows("third", "100: 100 at 1;")
			if dead {
				kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
				d.expect("vrrp committed")
				kill(t, d.pid("vrrp.pid"), syscall.SIGKILL)
				d.expect("delayed 1 seconds")
			}
			d.write("third")
			d.signal(syscall.SIGHUP)
			d.expect("Reload complete")
			d.knows("third", "0: ")
		})
	}
}

// Whatever happens to whom while news is told without a pause, in the end the follower knows how
// things are.
func TestDeathsAndReloadsInTheMiddle(t *testing.T) {
	t.Parallel()
	d := startNews(t, "vrrp\nthird\nvrrp tells 4000 1000")
	rounds := 1000
	for i, what := range []string{"reload", "third.pid", "reload", "vrrp.pid", "reload", "third.pid"} {
		switch what {
		case "reload":
			rounds = 20 + i
			d.write(fmt.Sprintf("vrrp\nthird\nvrrp tells %d %d", 4000-i, rounds))
			d.signal(syscall.SIGHUP)
			d.expect("Reload complete")
		default:
			kill(t, d.pid(what), syscall.SIGKILL)
			d.expect("died: Respawning", "committed")
		}
	}
	d.knows("third", fmt.Sprintf("3996: 3996 at %d;", rounds))
}

// What waits for a child that does not read is bounded by the number of things, and what is more urgent
// goes first.
func TestOutboxOfAChildThatDoesNotRead(t *testing.T) {
	t.Parallel()
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	o := newOutbox(ours)
	form, err := news.FormOf[news.Service]()
	if err != nil {
		t.Fatal(err)
	}
	const keys, rounds = 1000, 500
	serial := uint64(0)
	for r := range rounds {
		for k := range keys {
			it, err := form.Item(strconv.Itoa(k), news.Service{Weight: r})
			if err != nil {
				t.Fatal(err)
			}
			serial++
			it.Serial = serial
			o.tell(it)
		}
	}
	o.mu.Lock()
	if n := o.news.Len(); n > keys || len(o.queue) > 0 {
		t.Errorf("%d items and %d messages wait", n, len(o.queue))
	}
	o.queue = append(o.queue, message{Kind: kindCommit, Generation: 1}) // as send does; the news is behind it
	waits := o.news.Len()
	o.mu.Unlock()
	o.close()

	c, err := net.FileConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	defer c.Close()
	latest, last, after := map[string]int{}, map[string]uint64{}, -1
	for current := 0; current < keys; {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		m, err := readMessage(c)
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind == kindCommit {
			after = 0
			continue
		}
		if len(m.News) > newsBatch {
			t.Errorf("%d items in a message", len(m.News))
		}
		for _, it := range m.News {
			s, err := form.Read(it)
			if err != nil || it.Serial <= last[it.Name] {
				t.Fatalf("%+v, %v", it, err)
			}
			latest[it.Name], last[it.Name] = s.Weight, it.Serial
			if s.Weight == rounds-1 {
				current++
			}
			if after >= 0 {
				after++
			}
		}
	}
	if len(latest) != keys || after != waits {
		t.Errorf("%d keys; %d items came after the message that was sent when %d waited", len(latest), after, waits)
	}
}

// A supervisor that does not read does not hold up an engine that tells.
func TestTellingDoesNotWait(t *testing.T) {
	t.Parallel()
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	n := newFakeNews(func(string, ...any) {})
	c := &roleChild{ChildOptions: ChildOptions{Teller: n.teller, Control: theirs}}
	ctx := t.Context()
	go c.tell(ctx)
	for w := range 1000 {
		for k := range 100 {
			n.tell(k, w)
		}
	}
	if waits := n.teller.feed.len(); waits > 100 {
		t.Errorf("%d items wait", waits)
	}
	latest := map[string]int{}
	read := func() bool {
		m, err := readMessage(deadlined{ours})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range m.News {
			s, err := n.form.Read(it)
			if err != nil || s.Weight < latest[it.Name] {
				t.Fatalf("%s: %d after %d, %v", it.Name, s.Weight, latest[it.Name], err)
			}
			latest[it.Name] = s.Weight
		}
		for _, w := range latest {
			if w != 999 {
				return false
			}
		}
		return len(latest) == 100
	}
	for !read() {
	}
}

// deadlined reads with patience.
type deadlined struct{ f *os.File }

func (d deadlined) Read(b []byte) (int, error) {
	if err := d.f.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return d.f.Read(b)
}

// What was told before an answer is there before it.
func TestNewsComesBeforeTheAnswer(t *testing.T) {
	n := newFakeNews(func(string, ...any) {})
	var out pipe
	c := &roleChild{ChildOptions: ChildOptions{Teller: n.teller, Control: &out}}
	for k := range 3*newsBatch + 1 {
		n.tell(k, 1)
	}
	c.toldAll()
	c.reply(message{Kind: kindCommitted, Generation: 1})
	items := 0
	for {
		m, err := readMessage(&out)
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind == kindCommitted {
			break
		}
		items += len(m.News)
	}
	if items != 3*newsBatch+1 {
		t.Errorf("%d items before the answer", items)
	}
}

// pipe is a control socket whose other end is itself.
type pipe struct{ b []byte }

func (p *pipe) Write(b []byte) (int, error) { p.b = append(p.b, b...); return len(b), nil }

func (p *pipe) Read(b []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.b)
	p.b = p.b[n:]
	return n, nil
}

// A message of news stays small enough not to hold up what is more urgent.
func TestAMessageOfNewsIsSmall(t *testing.T) {
	var items []news.Item
	for i := range newsBatch {
		items = append(items, news.Item{Key: news.Key{Teller: "vrrp", Topic: 1, Name: strings.Repeat("n", 64) + itoa(i)},
			State: itoa(i) + strings.Repeat("s", news.MaxState-8)})
	}
	var out pipe
	if err := writeMessage(&out, message{Kind: kindNews, News: items}); err != nil {
		t.Fatal(err)
	}
	if n := binary.BigEndian.Uint32(out.b); n > 2<<20 {
		t.Errorf("%d bytes", n)
	}
}
