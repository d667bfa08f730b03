package lvs

// A Tally is how many real servers of a virtual server are what.
type Tally struct {
	Servers, Up        int
	Backups, BackupsUp int // those of them that are in reserve
	Overridden         int // by an operator
}

// Add counts a real server.
func (t *Tally) Add(up, backup, overridden bool) {
	t.Servers++
	t.Up += one(up)
	t.Backups += one(backup)
	t.BackupsUp += one(up && backup)
	t.Overridden += one(overridden)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// Brief is Status with those real servers alone of which there is something to say - they are down, or a checker of
// theirs could not be made or has no result yet - and without whether they are in the table; the tally is of all of
// them. Where all is well it costs next to nothing, however many there are. False when there is no such service.
func (c *Core) Brief(id ID) (VirtualStatus, Tally, bool) {
	v := c.services[id]
	if v == nil {
		return VirtualStatus{}, Tally{}, false
	}
	st := v.status()
	var t Tally
	for _, s := range v.servers {
		_, overridden := v.overrides[s]
		t.Add(s.up, s.cfg.Backup, overridden)
		if s.notable() {
			r, _ := c.serverStatus(s, nil)
			st.Servers = append(st.Servers, r)
		}
	}
	return st, t, true
}

// notable reports whether there is something to say of a server.
func (s *server) notable() bool {
	awake := !s.service.suspended
	if !s.up && awake {
		return true
	}
	for _, k := range s.checks {
		if k.history.Undone > 0 || !k.ran && awake {
			return true
		}
	}
	return false
}
