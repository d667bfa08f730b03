package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"holdfast/config"
	"holdfast/ipvs"
	"holdfast/vrrp"
)

// heard is somebody who keeps sync daemons, and notes what is wanted of them.
type heard struct{ words []string }

func (r *heard) Set(d ipvs.Daemons) {
	word := strings.ReplaceAll(ipvs.FormatDaemons(d), " sync daemon", "")
	word, _, _ = strings.Cut(word, ", maxlen")
	r.words = append(r.words, word)
}

func (r *heard) Close(wait time.Duration) { r.words = append(r.words, "closed within "+wait.String()) }

func (r *heard) take() []string {
	w := r.words
	r.words = nil
	return w
}

// Semantics 8.20: the daemons follow the state of their instance, and each word says all that is wanted.
func TestSyncDaemonsFollowTheirInstance(t *testing.T) {
	rec := &heard{}
	core, logs := observer.New(zapcore.InfoLevel)
	e := New(Options{Log: zap.New(core), SyncDaemons: rec})
	load := func(first bool, s config.SyncDaemon, master vrrp.ID, ids ...vrrp.ID) {
		e.cfg = &config.Config{Global: config.Global{SyncDaemon: s, ChildWaitTime: 10 * time.Second}}
		for _, id := range ids {
			e.cfg.Instances = append(e.cfg.Instances, config.Instance{Name: "VI_" + string(rune('0'+id)), VRID: uint8(50 + id)})
		}
		e.routers = newRouting(e.cfg.Instances, ids)
		e.configureSync(first)
		e.settleSync(func(id vrrp.ID) bool { return id == master })
	}
	want := func(what string, words ...string) {
		t.Helper()
		if got := rec.take(); !slices.Equal(got, words) {
			t.Errorf("%s: %q, want %q", what, got, words)
		}
	}
	follow := config.SyncDaemon{Interface: "eth1", VRRP: "VI_1"}
	load(true, follow, 0, 1, 2)
	want("start", "backup (mcast=eth1, syncid=51")
	e.followSync(vrrp.VIPs{Router: 2, On: true})
	want("another router becomes master")
	e.followSync(vrrp.VIPs{Router: 1, On: true, Try: true})
	want("addresses are tried")
	e.followSync(vrrp.VIPs{Router: 1, On: true})
	want("master", "master (mcast=eth1, syncid=51")
	e.followSync(vrrp.VIPs{Router: 1, On: true})
	want("master with other addresses")
	e.followSync(vrrp.VIPs{Router: 1})
	want("backup, or fault", "backup (mcast=eth1, syncid=51")
	load(false, follow, 1, 1, 2)
	want("a reload as master", "master (mcast=eth1, syncid=51")
	follow.ID, follow.IDGiven, follow.VRRP = 7, true, "VI_2"
	load(false, follow, 1, 1, 2)
	want("a reload to the other instance", "backup (mcast=eth1, syncid=7")
	load(false, follow, 1, 1)
	want("the instance is gone", "")
	e.followSync(vrrp.VIPs{Router: 2, On: true})
	want("what is gone is nobody's")
	load(false, config.SyncDaemon{Interface: "eth1"}, 1, 1, 2)
	want("both, which is the business of the checker role", "")
	e.followSync(vrrp.VIPs{Router: 1, On: true})
	want("nobody is followed")
	load(false, config.SyncDaemon{}, 1, 1, 2)
	want("none", "")
	e.closeSync()
	want("stop", "closed within 8s")
	var lines []string
	for _, l := range logs.All() {
		lines = append(lines, l.Message)
	}
	if said := strings.Join(lines, "\n"); said != "Initializing ipvs\nReinitializing ipvs\nReinitializing ipvs\nReinitializing ipvs\n"+
		"Unable to find vrrp instance VI_2 for lvs_syncd - clearing lvs_syncd config" {
		t.Errorf("said\n%s", said)
	}
}

func TestTheDumpSaysWhichNumberIsTaken(t *testing.T) {
	s := config.SyncDaemon{Interface: "eth1", VRRP: "VI_1"}
	f := following{router: 1}
	f.plan.Instance, f.plan.Daemon.ID = "VI_1", 51
	shown := s
	if f.show(&shown); shown.ID != 51 || shown.Interface != "eth1" {
		t.Errorf("%+v", shown)
	}
	f.router = 0
	if f.show(&shown); shown != (config.SyncDaemon{}) {
		t.Errorf("%+v", shown)
	}
	f.plan.Instance, s.VRRP = "", ""
	shown = s
	if f.show(&shown); shown != s {
		t.Errorf("%+v", shown)
	}
}
