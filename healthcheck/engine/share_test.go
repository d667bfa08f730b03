package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// wished is somebody who keeps sync daemons, and notes what is wanted of them.
type wished struct{ words []string }

func (r *wished) Set(d ipvs.Daemons)       { r.words = append(r.words, ipvs.FormatDaemons(d)) }
func (r *wished) Close(wait time.Duration) { r.words = append(r.words, "closed within "+wait.String()) }

// Semantics 8.20: without an instance both run, while there are virtual servers.
func TestBothSyncDaemonsRunBesideVirtualServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &wished{}
		w := begin(t, fake.New(), func(o *Options) { o.SyncDaemons = rec })
		load := func(n int, s config.SyncDaemon) string {
			c := web(1)
			c.VirtualServers = c.VirtualServers[:n]
			c.Global.SyncDaemon, c.Global.ChildWaitTime = s, 10*time.Second
			c.Instances = []config.Instance{{Name: "VI_1", VRID: 51}}
			w.load(c)
			last := rec.words[len(rec.words)-1]
			rec.words = nil
			return last
		}
		both := "master sync daemon (mcast=eth1, syncid=7, maxlen=0, group=invalid IP, port=0, ttl=0)\n" +
			"backup sync daemon (mcast=eth1, syncid=7, maxlen=0, group=invalid IP, port=0, ttl=0)\n"
		s := config.SyncDaemon{Interface: "eth1", ID: 7, IDGiven: true}
		follows := s
		follows.VRRP = "VI_1"
		for i, test := range []struct {
			servers int
			s       config.SyncDaemon
			want    string
		}{{1, s, both}, {1, s, both}, {1, follows, ""}, {1, config.SyncDaemon{}, ""}, {1, s, both}, {0, s, ""}} {
			if got := load(test.servers, test.s); got != test.want {
				t.Errorf("%d: %q, want %q", i, got, test.want)
			}
		}
		w.end()
		if !slices.Equal(rec.words, []string{"closed within 8s"}) {
			t.Errorf("%q", rec.words)
		}
	})
}
