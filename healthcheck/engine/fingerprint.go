package engine

import (
	"holdfast/healthcheck/lvs"
	"holdfast/ipvs"
	"holdfast/ipvs/maglev"
)

// fingerprints are those of the tables of services with the scheduler mh, by which two directors are
// compared. One that is not known is not in it.
func (l *loop) fingerprints() map[lvs.ID]string {
	if l.table == nil {
		return nil
	}
	out := map[lvs.ID]string{}
	for _, id := range l.core.Services() {
		if l.core.Scheduler(id) == ipvs.Maglev {
			if f, known := l.table.fingerprint(l.core.Members(id)); known {
				out[id] = f
			}
		}
	}
	return out
}

// digests are those of the services of which directors are to have one table (lvs.Agreed). One that is not known is not
// in it.
func (l *loop) digests(all []lvs.VirtualStatus) map[lvs.ID]uint64 {
	out := map[lvs.ID]uint64{}
	for n := range all {
		if v := &all[n]; lvs.Agreed(&v.Config) {
			if d, known := l.digest(v.Members); known {
				out[v.ID] = d
			}
		}
	}
	return out
}

// digest is that of some services of the table.
func (l *loop) digest(members []ipvs.ServiceID) (uint64, bool) {
	if l.table == nil {
		return 0, false
	}
	return ipvs.Digest(l.table.have, members...)
}

// fingerprint is that of the tables of some services with mh; false if it is not known.
func (r *reconciler) fingerprint(ids []ipvs.ServiceID) (string, bool) {
	var tables []*maglev.Table
	for _, id := range ids {
		s, there := r.have[id]
		if !there {
			return "", false
		}
		if s.History == nil {
			// One whose order is of no matter to us: the kernel knows it.
			read, err := r.kernel.ReadService(id)
			if err != nil {
				return "", false
			}
			s = read.Recall(s)
		}
		for d := range s.Dests {
			if _, known := s.Last(d); !known {
				return "", false
			}
		}
		tables = append(tables, maglev.New(maglev.Of(id, s), maglev.Slots))
	}
	return maglev.Fingerprint(tables...), len(tables) > 0
}
