package lab

import (
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestMetronomeNoticesAStall(t *testing.T) {
	m := StartMetronome()
	defer m.Stop()
	start := time.Now()
	// The whole process is stopped for a while, from outside.
	cmd := command("sh", "-c", "kill -STOP $0; sleep 0.3; kill -CONT $0", strconv.Itoa(syscall.Getpid()))
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := Eventually(5*time.Second, "a stall", func() (bool, string) {
		return m.worst(start) > 200*time.Millisecond, m.worst(start).String()
	}); err != nil {
		t.Error(err)
	}
	if w := m.worst(time.Now().Add(time.Second)); w != 0 {
		t.Errorf("a stall of the future: %v", w)
	}
}
