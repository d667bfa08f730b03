package engine

import (
	"testing"
	"time"
)

func TestSemantics2_1_FirstAdvertisements(t *testing.T) {
	n := newNetwork(t)
	a := n.box("a", "192.168.1.151/24")
	start := time.Now()
	a.engine(instance("VI_1", 51, 100, "192.168.1.150/32"))
	ad, err := n.cap.Wait(start, 10*time.Second, "an advert", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(ad)
	a.has(time.Second, "192.168.1.150/32")
	t.Log(a.proc.Log())
	if code := a.stop(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	a.has(time.Second)
	t.Log(a.proc.Log())
}
