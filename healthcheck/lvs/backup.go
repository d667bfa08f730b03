package lvs

// pool is who serves the clients of a virtual server.
type pool uint8

const (
	realServers   pool = iota
	backupServers      // the quorum is lost, and a backup server is up
	sorryServer        // the quorum is lost, and no backup server is up
)

// String is the pool in words.
func (p pool) String() string {
	return [...]string{"real servers", "backup servers", "sorry server"}[p]
}

// uses is the pool that has to serve now. Which it is hangs on the quorum of the real servers alone, with its
// hysteresis: backup servers count for no quorum.
func (v *virtual) uses() pool {
	switch {
	case v.quorum != quorumDown:
		return realServers
	case v.backupLive() > 0:
		return backupServers
	case v.cfg.Sorry != nil:
		return sorryServer
	}
	return realServers // without anything better, those of them that are up
}

// sorryIn reports whether the sorry server stands in for the real ones.
func (v *virtual) sorryIn() bool { return v.uses() == sorryServer }

// reserved reports whether anything can stand in for the real servers.
func (v *virtual) reserved() bool { return v.cfg.Sorry != nil || len(v.backups) > 0 }

// backupLive is the effective weight of the backup servers that are up.
func (v *virtual) backupLive() int64 {
	var sum int64
	for _, s := range v.backups {
		if s.up {
			sum += int64(s.effective())
		}
	}
	return sum
}

// findBackups notes which servers are in reserve.
func (v *virtual) findBackups() {
	v.backups = nil
	for _, s := range v.servers {
		if s.cfg.Backup {
			v.backups = append(v.backups, s)
		}
	}
}

// in reports whether the server is one of a pool.
func (s *server) in(p pool) bool {
	if s.cfg.Backup {
		return p == backupServers
	}
	return p == realServers
}

// used reports whether the server is one of those that serve now.
func (s *server) used() bool { return s.in(s.service.uses()) }

// switchPool carries on that others have to serve than before: first who comes is said, then who goes, in
// keepalived's words where it has some.
func (v *virtual) switchPool(a *pending) {
	was, now := v.using, v.uses()
	if was == now {
		return
	}
	v.using = now
	switch was {
	case sorryServer:
		v.saySorry(a, pick(v.cfg.SorryInhibit, "Disabling", "Removing"), "from")
	case backupServers:
		a.log(Info, v.name, "Removing backup servers from the pool for VS "+v.name)
	}
	switch now {
	case realServers:
		a.log(Info, v.name, "Adding alive servers to the pool for VS "+v.name)
	case backupServers:
		a.log(Info, v.name, "Adding backup servers to the pool for VS "+v.name)
	case sorryServer:
		v.saySorry(a, pick(v.cfg.SorryInhibit, "Enabling", "Adding"), "to")
	}
	if was == realServers {
		a.log(Info, v.name, "Removing alive servers from the pool for VS "+v.name)
	}
	a.table(v)
}

// saySorry says what is done with the sorry server. A reload that takes it away has said so.
func (v *virtual) saySorry(a *pending, verb, way string) {
	if v.cfg.Sorry != nil {
		a.log(Info, v.name, verb+" sorry server "+v.sorryName()+" "+way+" VS "+v.name)
	}
}
