package language

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
)

// How the settings of settings.go are read and written.

// cpus takes numbers of processors; those given before it are forgotten.
func cpus(p func(*globalDraft) *[]uint) Keyword {
	k := custom("CPU ...", 1, func(s *stmt, g *globalDraft) bool {
		//	vrrp_cpu_affinity 0 2
		last := int64(s.env.CPUs) - 1
		if last < 0 {
			last = 1023 // what a mask of the kernel's default size holds
		}
		// All or none: a process on half of what was asked for is not what anybody meant.
		var set []uint
		for i := range s.args {
			n, ok := s.integer(i, 0, last, false)
			if !ok {
				return false
			}
			set = append(set, uint(n))
		}
		*p(g) = set
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing {
		// No list is all of them.
		if len(*p(g)) == 0 {
			return nil
		}
		args := make([]string, len(*p(g)))
		for i, n := range *p(g) {
			args[i] = strconv.FormatUint(uint64(n), 10)
		}
		return written(args...)
	})
	return k
}

// minRTTime is the least that keepalived takes for a limit of real-time work.
const minRTTime = 2

// rttime takes a limit of real-time work in microseconds.
func rttime(p func(*globalDraft) *uint32) Keyword {
	k := custom(rangeText("N", 1, maxUint32), 1, func(s *stmt, g *globalDraft) bool {
		n, ok := s.integer(0, 1, maxUint32, false)
		if ok {
			*p(g) = max(uint32(n), minRTTime)
		}
		return ok
	})
	k.bind.show = showing(func(g *globalDraft) []writing { return inRange(int64(*p(g)), 1, maxUint32) })
	return k
}

// maxProcessName is what the kernel shows of a process name.
const maxProcessName = 15

// processName takes the name of a process, as ps shows it.
func processName(p func(*globalDraft) *string) Keyword {
	k := custom("NAME", 1, func(s *stmt, g *globalDraft) bool {
		name := s.word(0)
		// The kernel would cut it without a word.
		if len(name) > maxProcessName {
			s.warnf(s.at(0), "name-too-long", "Process name %s more than %d characters, truncating; shorten it", name,
				maxProcessName)
			name = name[:maxProcessName]
		}
		*p(g) = name
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing { return wordIf(*p(g)) })
	return k
}

// maxRealtime is the highest priority of SCHED_RR.
const maxRealtime = 99

// setAutoPriority takes a priority; without one as much as there is.
func setAutoPriority(s *stmt, g *globalDraft) bool {
	if len(s.args) == 0 {
		g.Scheduling.AutoPriority = maxRealtime
		return true
	}
	//	max_auto_priority 50
	// 0 is off, and -1 forbids it.
	n, ok := s.integer(0, -1, maxRealtime, true)
	if ok {
		g.Scheduling.AutoPriority = int(n)
	}
	return ok
}

func showAutoPriority(g *globalDraft) []writing {
	if g.Scheduling.AutoPriority == 0 {
		return nil
	}
	return written(strconv.Itoa(g.Scheduling.AutoPriority))
}

const maxAutoPriorityDelay = 10_000_000

// setAutoPriorityDelay takes a lateness of timers.
func setAutoPriorityDelay(s *stmt, g *globalDraft) bool {
	// Microseconds, unlike other times of the language.
	n, ok := s.integer(0, 1, maxAutoPriorityDelay, true)
	if ok {
		g.Scheduling.AutoPriorityDelay = fromMicros(n)
	}
	return ok
}

func showAutoPriorityDelay(g *globalDraft) []writing {
	return inRange(micros(g.Scheduling.AutoPriorityDelay), 1, maxAutoPriorityDelay)
}

// setUmask takes a number in the bases of C, or names of permission bits.
func setUmask(s *stmt, g *globalDraft) bool {
	mask := uint64(0)
	if c := s.word(0); c != "" && c[0] >= '0' && c[0] <= '9' {
		// `022` and `0x12` are in the bases of C. Go would take `0o22` too, which C does not, so its prefix is made one
		// that is no number.
		n, err := strconv.ParseUint(strings.Replace(c, "0o", "_", 1), 0, 16)
		if len(s.args) > 1 {
			s.errorf(s.at(1), "extra-parameters", "umask: '%s' is a word too many - ignored; write one number",
				s.word(1))
			return false
		}
		if err != nil || n > 0o777 {
			s.errorf(s.at(0), "invalid-number", "invalid umask value %s; write an octal number from 0 to 0777", c)
			return false
		}
		mask = n
	} else {
		for _, w := range s.words() {
			//	umask IWGRP | IRWXO
			// The bar may stand alone or between the names.
			for _, name := range strings.FieldsFunc(w.Text, func(r rune) bool { return r == '|' }) {
				bits, ok := modeBits(name)
				if !ok {
					s.errorf(w.Pos, "unknown-value", "umask: unknown bit '%s'; write a number or names such as IRWXO",
						name)
					return false
				}
				mask |= uint64(bits)
			}
		}
	}
	g.Files.Umask, g.Files.UmaskSet = uint16(mask), true
	return true
}

// modeBits are the bits of the name of a file mode.
func modeBits(name string) (uint16, bool) {
	who := slices.Index([]string{"O", "G", "U"}, strings.TrimPrefix(name, "IRWX"))
	if who >= 0 && strings.HasPrefix(name, "IRWX") {
		return 0o7 << (3 * who), true
	}
	// I, then one of R W X, then whose: the names of stat.h without their S_.
	if len(name) != len("IRUSR") || name[0] != 'I' {
		return 0, false
	}
	what, who := strings.IndexByte("XWR", name[1]), slices.Index([]string{"OTH", "GRP", "USR"}, name[2:])
	if what < 0 || who < 0 {
		return 0, false
	}
	return 1 << (3*who + what), true
}

func showUmask(g *globalDraft) []writing {
	// 0 is a mask, too.
	if !g.Files.UmaskSet {
		return nil
	}
	// In octal, which the 0 tells.
	return written("0" + strconv.FormatUint(uint64(g.Files.Umask), 8))
}

// setRandomSeed takes a seed; 0 is one, so there is a flag beside it.
func setRandomSeed(s *stmt, g *globalDraft) bool {
	n, ok := s.integer(0, 0, maxUint32, false)
	if ok {
		g.RandomSeed, g.RandomSeedSet = uint32(n), true
	}
	return ok
}

func showRandomSeed(g *globalDraft) []writing {
	if !g.RandomSeedSet {
		return nil
	}
	return inRange(int64(g.RandomSeed), 0, maxUint32)
}

// setBufferPolicy takes what buffers are sized by (semantics 2.17).
func setBufferPolicy(s *stmt, g *globalDraft) bool {
	b := &g.Buffers
	//	vrrp_rx_bufs_policy ADVERT
	// or MTU in any case, or a number of bytes.
	switch strings.ToUpper(s.word(0)) {
	case "MTU":
		b.Adverts = config.BufferMTU
	case "ADVERT":
		b.Adverts = config.BufferAdvert
	default:
		n, ok := s.integer(0, 0, maxUint32, false)
		if !ok {
			return false
		}
		b.Adverts, b.AdvertBytes = config.BufferBytes, uint32(n)
	}
	return true
}

func showBufferPolicy(g *globalDraft) []writing {
	switch g.Buffers.Adverts {
	case config.BufferMTU:
		return written("MTU")
	case config.BufferAdvert:
		return written("ADVERT")
	case config.BufferBytes:
		return inRange(int64(g.Buffers.AdvertBytes), 0, maxUint32)
	}
	return nil
}

// setSyncDaemon reads the interface and the options after it; the old form has the
// instance and the number without words before them.
func setSyncDaemon(s *stmt, g *globalDraft) bool {
	d := config.SyncDaemon{Interface: s.word(0), Pos: s.pos()}
	for i := 1; i < len(s.args); i++ {
		//	lvs_sync_daemon eth1 VI_1 id 7 maxlen 1400
		// new form: `inst VI_1`; old form: instance and number by their places.
		if !s.isSyncOption(s.word(i)) {
			switch i {
			case 1:
				d.VRRP = s.word(i)
			case 2:
				s.oldSyncID(i, &d)
			default:
				s.errorf(s.at(i), "unknown-option", "%s: unknown option %s; write inst, id, maxlen, port, ttl or group",
					s.title(), s.word(i))
			}
			continue
		}
		// An option without its value ends the reading of 2.2.7 (grammar 9.1).
		if i+1 >= len(s.args) {
			s.missing(i + 1)
			return false
		}
		i++
		s.syncOption(i, &d)
	}
	// The line does not count; what stood before it does.
	if len(d.Interface) > maxLabel {
		s.errorf(s.at(0), "name-too-long", "%s: interface name %s is too long - ignoring; %d characters at most",
			s.title(), d.Interface, maxLabel)
		return false
	}
	if g.SyncDaemon.Interface != "" {
		s.warnf(s.pos(), "duplicate-setting", "%s is given twice; the last one counts", s.title())
	}
	g.SyncDaemon = d
	return true
}

// isSyncOption reports whether a word says what the next one is.
func (s *stmt) isSyncOption(word string) bool {
	return slices.Contains([]string{"inst", "id", "maxlen", "port", "ttl", "group"}, word)
}

// oldSyncID takes the number where no `id` stands before it: `lvs_sync_daemon eth1 VI_1 7`.
func (s *stmt) oldSyncID(i int, d *config.SyncDaemon) {
	n, ok := s.integer(i, 0, 255, false)
	if ok {
		s.warnf(s.at(i), "old-form", "Please use keyword \"id\" before lvs_sync_daemon SYNCID")
		d.ID, d.IDGiven = uint8(n), true
	}
}

// syncOption takes the value at i of the option before it.
func (s *stmt) syncOption(i int, d *config.SyncDaemon) {
	// A value that is refused costs itself only; the other options count.
	switch s.word(i - 1) {
	case "inst":
		d.VRRP = s.word(i)
	case "id":
		if n, ok := s.integer(i, 0, 255, false); ok {
			d.ID, d.IDGiven = uint8(n), true
		}
	case "maxlen":
		if n, ok := s.integer(i, 1, 65507, false); ok {
			d.MaxLen = uint16(n)
		}
	case "port":
		if n, ok := s.integer(i, 1, 65535, false); ok {
			d.Port = uint16(n)
		}
	case "ttl":
		if n, ok := s.integer(i, 1, 255, false); ok {
			d.TTL = uint8(n)
		}
	case "group":
		a, ok := s.socketAddress(i)
		if !ok || !a.IsMulticast() {
			s.errorf(s.at(i), "not-multicast",
				"lvs_sync_daemon group address %s is not multicast - ignoring; write a multicast address", s.word(i))
			return
		}
		d.Group = a
	}
}

func showSyncDaemon(g *globalDraft) []writing {
	d := g.SyncDaemon
	if d.Interface == "" {
		return nil
	}
	args := []string{quoted(d.Interface)}
	// Always in the new form, so that each word says what it is.
	add := func(name, value string, given bool) {
		if given {
			args = append(args, name, value)
		}
	}
	number := func(n uint16) string { return strconv.Itoa(int(n)) }
	add("inst", quoted(d.VRRP), d.VRRP != "")
	// 0 is a number like others, and what was not given is the VRID of the instance.
	add("id", number(uint16(d.ID)), d.IDGiven)
	add("maxlen", number(d.MaxLen), d.MaxLen != 0)
	add("port", number(d.Port), d.Port != 0)
	add("ttl", number(uint16(d.TTL)), d.TTL != 0)
	add("group", d.Group.String(), d.Group != netip.Addr{})
	return written(args...)
}

// useNFTables is what a keyword about iptables leads to.
func useNFTables(s *stmt, g *globalDraft) bool {
	// They were looked at: nothing is surplus.
	s.words()
	s.warnf(s.pos(), "old-form",
		"iptables is not used, nftables is; replace vrrp_iptables and vrrp_ipsets with 'nftables'")
	if g.NFTables.Table == "" {
		g.NFTables.Table = config.DefaultNFTable
	}
	return true
}

// optionalWord takes one word, or stands for def without one.
func optionalWord(args, def string, p func(*globalDraft) *string) Keyword {
	k := custom("["+args+"]", 0, func(s *stmt, g *globalDraft) bool {
		*p(g) = def
		if len(s.args) > 0 {
			*p(g) = s.word(0)
		}
		return true
	})
	k.bind.show = showing(func(g *globalDraft) []writing { return wordIf(*p(g)) })
	return k
}

// priorityOf takes the priority of a chain, which has no default of its own.
func priorityOf(p func(*globalDraft) *int, set func(*globalDraft) *bool) Keyword {
	k := custom(rangeText("N", -maxInt32-1, maxInt32), 1, func(s *stmt, g *globalDraft) bool {
		n, ok := s.integer(0, -maxInt32-1, maxInt32, false)
		if ok {
			*p(g), *set(g) = int(n), true
		}
		return ok
	})
	k.bind.show = showing(func(g *globalDraft) []writing {
		// A chain has a priority only if one was given, and 0 is one.
		if !*set(g) {
			return nil
		}
		return written(strconv.Itoa(*p(g)))
	})
	return k
}

func setSNMPRFC(_ *stmt, g *globalDraft) bool {
	//	enable_snmp_rfc
	// is both MIBs of the RFCs, for version 2 and version 3.
	g.SNMP.RFCv2, g.SNMP.RFCv3 = true, true
	return true
}

// timeFile is the name of a file, whose contents only who checks a configuration looks at here: who runs it follows the
// file, and says what is in it when it changes.
func timeFile() Keyword {
	k := text("PATH", func(g *globalDraft) *string { return &g.Reloading.TimeFile })
	set := k.bind.set
	k.bind.set = func(s *stmt, target any) bool {
		if s.env.Test && s.env.TimeFile != nil {
			if problem := s.env.TimeFile(s.word(0)); problem != "" {
				s.mutedf(s.at(0), "reload-time", "%s; write a time to come into the file, or remove it", problem)
			}
		}
		return set(s, target)
	}
	return k
}

// setReloadFile takes a path; without one the name is a built-in one.
func setReloadFile(s *stmt, g *globalDraft) bool {
	g.Reloading.Handshake, g.Reloading.File = true, s.word(0)
	return true
}

func showReloadFile(g *globalDraft) []writing {
	switch {
	case !g.Reloading.Handshake:
		return nil
	case g.Reloading.File == "":
		return written()
	}
	return wordIf(g.Reloading.File)
}

// setProgramInstance takes the name that several daemons on a host are told apart by.
func setProgramInstance(s *stmt, b *binder) bool { return s.nameOnce(&b.global().Place.Instance) }

// nameOnce takes a name of which the first one counts.
func (s *stmt) nameOnce(field *string) bool {
	if *field != "" {
		s.warnf(s.pos(), "duplicate-setting", "Duplicate %s definition %s - ignoring; keep one", s.kw.Name, s.word(0))
		return false
	}
	*field = s.word(0)
	return true
}

func setNetNamespace(s *stmt, b *binder) bool {
	// A namespace that does not exist is found at the end (elsewhere), and said here.
	b.global().namespaceAt = s.at(0)
	if !s.nameOnce(&b.global().Place.NetNamespace) {
		return false
	}
	b.env = b.env.within(s.word(0))
	return true
}

// setIPVSNamespace takes a name. The bare keyword is the namespace of the start, so a flag tells
// that it was given.
func setIPVSNamespace(s *stmt, b *binder) bool {
	if b.global().Place.IPVSNamespaceSet {
		s.warnf(s.pos(), "duplicate-setting", "Duplicate net_namespace_ipvs definition %s - ignoring; keep one",
			s.word(0))
		return false
	}
	b.global().Place.IPVSNamespaceSet, b.global().Place.IPVSNamespace = true, s.word(0)
	return true
}

func showIPVSNamespace(b *binder) []writing {
	p := b.global().Place
	switch {
	case !p.IPVSNamespaceSet:
		return nil
	case p.IPVSNamespace == "":
		return written()
	}
	return wordIf(p.IPVSNamespace)
}
