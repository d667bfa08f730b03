package reload

import (
	"path"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// Passes reports whether an attempt of a checker passes that looks at the URL with an index.
func Passes(k *config.Checker, url int) bool {
	switch k.Kind {
	case config.CheckMisc:
		return path.Base(k.Misc.Argv[0]) == "true" // wherever it was found
	case config.CheckPing:
		return true
	case config.CheckHTTP:
		return !Dead(k.Connect.Addr()) && k.HTTP.URLs[url].Path != "/broken"
	case config.CheckGRPC:
		return !Dead(k.Connect.Addr()) && k.GRPC.Service != Unhealthy
	}
	return !Dead(k.Connect.Addr())
}

// Unhealthy is the gRPC service that no real server has in good health.
const Unhealthy = "shop.Stock"

// FileValue is what stands in the file that checkers follow.
const FileValue = 3

// Fresh is the table that a start with a configuration comes to when every checker has had its verdicts.
func Fresh(c *config.Config, passes func(k *config.Checker, url int) bool) ipvs.Table {
	setup := lvs.SetupOf(c)
	setup.Values = map[lvs.Followed]int{}
	for _, what := range setup.Followed() {
		setup.Values[what] = FileValue
	}
	core, table := lvs.New(1), ipvs.Table{}
	do := func(o lvs.Output) {
		for _, t := range o.Tables {
			if t.Gone {
				delete(table, t.Service)
			} else {
				table[t.Service] = t.Want
			}
		}
	}
	var now time.Time
	do(core.Configure(now, setup))
	for what, value := range setup.Values {
		do(core.Tell(now, what, value))
	}
	end := now.Add(time.Minute)
	for at, ok := core.Next(); ok && at.Before(end); at, ok = core.Next() {
		started := core.Expire(at)
		do(started)
		for _, p := range started.Probe {
			o := attempt.Outcome{}
			if passes(p.Checker, p.URL) {
				o.Verdict = attempt.Passed
			}
			do(core.Observe(at, p.ID, o))
		}
	}
	return table
}

// Kept is what becomes of a wanted table in a kernel: it has not what the kernel refuses. The history of a service
// stays what is wanted, which is nothing where it is of no matter: a kernel has one of every service with mh, but
// another after each way to the same table.
func Kept(want ipvs.Table) ipvs.Table {
	k := fake.New()
	k.Apply(ipvs.Diff(nil, want)) // the errors are what is not kept
	table := ipvs.Table{}
	for id, s := range want {
		if kept, err := k.ReadService(id); err == nil {
			kept.History = s.History
			table[id.Canonical()] = kept
		}
	}
	return table
}

// Told is Kept as far as it can be read: a kernel tells the order of destinations, but no last weights.
func Told(want ipvs.Table) ipvs.Table {
	table := Kept(want)
	for id, s := range table {
		if s.History != nil {
			s.History = &ipvs.History{Order: s.History.Order}
			table[id] = s
		}
	}
	return table
}
