package lvs

import "holdfast/ipvs"

// Left is what a predecessor that did not stop properly left behind. The first Configure goes on from it.
type Left struct {
	Table   ipvs.Table            // of its services, in the kernel
	Servers map[ServerOf]Standing // what it wrote down of real servers; the others were up, or unknown to it
}

// A ServerOf names a real server of a virtual server, as log lines do.
type ServerOf struct{ Service, Server string }

// A Standing is what a life tells the one after it of a real server.
type Standing uint8

const (
	// Down is for a server that a check has found down.
	Down Standing = iota + 1
	// Slow is for one in its slow start: the weight in the table is not the whole.
	Slow
)

// Standings are those of all servers that are not just up, or not tried yet.
func (c *Core) Standings() map[ServerOf]Standing {
	all := map[ServerOf]Standing{}
	for _, v := range c.virtuals {
		for _, s := range v.servers {
			switch {
			case !s.up && s.fell:
				all[ServerOf{v.name, s.name}] = Down
			case s.ramp() != nil:
				all[ServerOf{v.name, s.name}] = Slow
			}
		}
	}
	return all
}

// resume goes on from what a predecessor left when it was killed (semantics 8.28): a server that was found down is down
// until its first check, which then comes without warmup, and one that is in the table is up, with its retries, also in
// an alpha service. So neither does a crash empty an alpha service, nor does it send clients to servers known to be
// dead. One that the predecessor did not have begins as at any start: that it is not in the table says nothing.
func (s *server) resume(a *pending, left Left) {
	if len(s.checks) == 0 {
		return
	}
	standing := left.Servers[ServerOf{s.service.name, s.name}]
	was, in := s.entry(left.Table)
	if sorry := s.service.cfg.Sorry; sorry != nil && destID(sorry) == destID(s.cfg) {
		in = false // in the table for either reason
	}
	down := standing == Down
	if s.drained() {
		in = false // it stays there whatever its checks say
	}
	if !down && !in {
		return
	}
	for _, k := range s.checks {
		// What is known of the present counts more than what was written down.
		if !k.known() {
			k.up, k.patient = !down, !down
		}
	}
	s.up = !s.failed()
	s.told, s.resumed, s.fell = !s.up, down, !s.up
	switch {
	case !s.up || !in:
	case standing == Slow:
		s.resumeRamp(a, was)
	default:
		s.resumeWeight(was)
	}
}

// entry is what the first service of a server's virtual server that has it in a table says of it. A group may have got
// other addresses since.
func (s *server) entry(table ipvs.Table) (was ipvs.DestSettings, in bool) {
	for _, m := range s.service.members {
		if was, in = table[m.id].Dests[m.dest(s.cfg)]; in {
			return was, in
		}
	}
	return was, in
}

// resumeWeight has the weight that a script gave the server hold until it runs again: it may be drained.
func (s *server) resumeWeight(was ipvs.DestSettings) {
	const whole, most = 2, 255 // exit statuses for the weights 0 and 253 (semantics 10.8)
	for _, k := range s.checks {
		if k.setsWeight() && was.Weight != s.effective() && was.Weight >= 0 && was.Weight <= most-whole {
			k.code = dynamic(int(was.Weight) + whole)
			return
		}
	}
}
