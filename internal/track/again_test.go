package track

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// Where the process connector breaks, processes are looked for, which is said once, and it is asked again: from then on the
// kernel tells of them as before.
func TestTheConnectorIsAskedAgain(t *testing.T) {
	w := newWatch(t, nil)
	refused, open := 0, w.p.connect
	w.p.connect = func() (*connector, error) {
		c, err := open()
		if refused > 0 && refused < 3 { // not at first, and twice after it broke
			refused++
			if err == nil {
				_ = c.close() // nobody has heard of it
			}
			return nil, unix.ENOBUFS
		}
		refused++
		return c, err
	}
	w.configure(config.TrackProcess{Name: "p", Process: []string{"nobody"}, Quorum: 1})
	w.p.mu.Lock()
	c := w.p.conn
	w.p.mu.Unlock()
	if err := c.conn.Close(); err != nil {
		t.Fatal(err)
	}
	count := func(text string) int { return w.logs.FilterMessageSnippet(text).Len() }
	for limit := time.Now().Add(20 * time.Second); count("the kernel tells of processes again") == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never: %v", w.logs.All())
		}
	}
	if n := count("they are looked for every second"); n != 1 || refused != 4 {
		t.Errorf("said %d times, asked %d times", n, refused)
	}
	w.p.Stop()
	if w.p.conn != nil {
		t.Error("it is still open")
	}
}
