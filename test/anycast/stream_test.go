package anycast

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// dialed is a stream to a server that does with its connection what is said.
func dialed(t *testing.T, serve func(net.Conn)) *Stream {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		if c, err := l.Accept(); err == nil {
			serve(c)
		}
	}()
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &Stream{conn: c, r: bufio.NewReader(c)}
}

// named answers each line with a name and the line, until it has answered n.
func named(n int, names ...string) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		for i := range n {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			fmt.Fprint(c, names[min(i, len(names)-1)]+" "+line)
		}
		_ = c.Close()
	}
}

func TestStreams(t *testing.T) {
	release := make(chan bool)
	halves := func(c net.Conn) { // says the name at once, and the rest when it may
		r := bufio.NewReader(c)
		line, _ := r.ReadString('\n')
		fmt.Fprint(c, "s3 ")
		<-release
		fmt.Fprint(c, line)
	}
	ss := Streams{
		dialed(t, named(9, "s1")), dialed(t, named(9, "s1")), dialed(t, named(1, "s2")), dialed(t, named(9, "s2", "s1")),
		dialed(t, halves),
	}
	if got, want := ss[:4].Ask(time.Minute), (Tally{Answered: 4}); got != want {
		t.Errorf("at first %+v, want %+v", got, want)
	}
	if got := ss[:4].Spread(); got["s1"] != 2 || got["s2"] != 2 {
		t.Errorf("with %v", got)
	}
	if with, others := ss[:4].With("s2"); len(with) != 2 || with[0] != ss[2] || len(others) != 2 || others[0] != ss[0] {
		t.Errorf("with s2 %v, others %v", with, others)
	}
	// One is closed, one is answered by somebody else, and one is silent.
	if got, want := ss.Ask(300*time.Millisecond), (Tally{Answered: 2, Ended: 2, Silent: 1}); got != want {
		t.Errorf("then %+v, want %+v", got, want)
	}
	if err := ss[3].Err; err == nil || !strings.Contains(err.Error(), "s1 answers in place of s2") {
		t.Errorf("%v", err)
	}
	close(release)
	// It is not asked again before it has answered, and what has ended stays so.
	if got, want := ss.Ask(time.Minute), (Tally{Answered: 3, Ended: 2}); got != want || ss[4].Server != "s3" || ss[4].n != 1 {
		t.Errorf("in the end %+v, want %+v, and %q after %d questions", got, want, ss[4].Server, ss[4].n)
	}
}

func TestAServerSends(t *testing.T) {
	near, far := net.Pipe()
	go answer("s7", far)
	defer near.Close()
	r := bufio.NewReader(near)
	for _, c := range []struct{ say, want string }{
		{"hello", "s7 hello\n"}, {"send 5", "s7 xxxxx\n"}, {"send", "s7 send\n"},
	} {
		if _, err := fmt.Fprintln(near, c.say); err != nil {
			t.Fatal(err)
		}
		if got, err := r.ReadString('\n'); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.say, got, err)
		}
	}
}

func TestText(t *testing.T) {
	w := &World{port: 80}
	got := w.Text(Plan{Service: "lb_algo mh"}, 2)
	for _, want := range []string{"virtual_server 10.100.0.1 80 {", "lb_algo mh", "real_server 192.168.1.201 80", "real_server 192.168.1.202 80", "TCP_CHECK"} {
		if strings.Count(got, want) == 0 {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Count(got, "{") != strings.Count(got, "}") || strings.Contains(got, ".203") {
		t.Errorf("%s", got)
	}
}
