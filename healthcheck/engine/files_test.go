package engine

import (
	"strings"
	"testing"
	"testing/synctest"

	"holdfast/config"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
	"holdfast/internal/track"
	"holdfast/ipvs/fake"
)

// numbers is a Source whose values a test sets.
type numbers struct {
	report  track.Report
	files   map[string]int
	objects []track.Object
	defined []config.TrackFile // that it may make
	stopped bool
}

func (n *numbers) Configure(cfg *config.Config, objects []track.Object) track.Outcome {
	out := track.Outcome{Values: map[track.ID]int{}}
	n.objects, n.defined = objects, cfg.TrackFiles
	for _, o := range objects {
		out.Values[o.ID] = n.files[o.Name]
	}
	return out
}

func (n *numbers) Stop() { n.stopped = true }

// set reports a value as a source does, from a goroutine of its own.
func (n *numbers) set(name string, value int) {
	n.files[name] = value
	for _, o := range n.objects {
		if o.Name == name {
			n.report(o.ID, value)
		}
	}
	synctest.Wait()
}

// weighed is web(2) whose first server follows the file a, and its second b.
func weighed() *config.Config {
	c := web(2)
	c.TrackFiles = []config.TrackFile{{Name: "a", Weight: 2}, {Name: "b"}}
	for i := range c.VirtualServers[0].RealServers {
		c.VirtualServers[0].RealServers[i].Checkers = []config.Checker{
			{Kind: config.CheckFile, File: &config.FileCheck{TrackFile: c.TrackFiles[i].Name}},
		}
	}
	return c
}

func TestSemantics10_13_ServersFollowTheirFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, n := fake.New(), &numbers{files: map[string]int{"a": 1, "b": 1}}
		w := begin(t, k, func(o *Options) {
			o.Sources = map[config.CheckKind]func(track.Report) Source{
				config.CheckFile: func(r track.Report) Source { n.report = r; return n },
			}
		})
		w.load(weighed())
		first := func(weight string) string {
			return nobodyServes + "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w " + weight + "\n"
		}
		// They are known before anything is in the table: nothing is added to be removed again.
		wantTable(t, k, first("3"))
		if strings.Contains(w.lines(), "FAULT") || strings.Contains(w.lines(), "Activating") {
			t.Error(w.lines())
		}
		n.set("a", 4)
		wantTable(t, k, first("9"))
		n.set("b", 0)
		wantTable(t, k, first("9")+"-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n")
		before := w.lines()
		if !strings.HasSuffix(before, "([10.1.0.2]:tcp:80): tracked file b leaving FAULT state\n"+
			"Adding service [10.1.0.2]:tcp:80 to VS [10.0.0.1]:tcp:80\n") {
			t.Error(before)
		}
		w.load(weighed())
		synctest.Wait()
		if said := strings.TrimPrefix(w.lines(), before); said != "Reloading\nReinitializing ipvs\n" {
			t.Errorf("a reload says\n%s", said)
		}
		dump := string(services.Data(w.snapshot(), runas.IDs))
		for _, text := range []string{"Tracked Files\n     a, weight 2\n", " Track file = a\n", "   Status = 4\n",
			"     [10.0.0.1]:tcp:80 -> [10.1.0.1]:tcp:80, weight 2\n"} {
			if !strings.Contains(dump, text) {
				t.Errorf("no %q in\n%s", text, dump)
			}
		}
		// A file that nobody follows any more may be reported while it is being dropped.
		c := weighed()
		c.VirtualServers[0].RealServers = c.VirtualServers[0].RealServers[:1]
		gone := n.objects
		w.load(c)
		if len(n.defined) != 1 || n.defined[0].Name != "a" {
			t.Errorf("files of others are made: %v", n.defined)
		}
		n.objects = gone
		n.set("b", 1)
		wantTable(t, k, first("9"))
		w.end()
		if !n.stopped {
			t.Error("the source goes on")
		}
		n.set("a", 5) // when there is nobody to hear it
	})
}
