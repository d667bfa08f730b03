package language

import (
	"slices"
	"strconv"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// processDraft is a vrrp_track_process while it is being read.
type processDraft struct {
	draft
	config.TrackProcess
}

// fileDraft is a track_file while it is being read.
type fileDraft struct {
	draft
	config.TrackFile
}

// trackProcessRows are the keywords of vrrp_track_process (semantics 5.14).
func trackProcessRows() []Keyword {
	// Decimal seconds; the limits are in microseconds, up to an hour.
	delay := func(p func(*processDraft) *time.Duration) Keyword { return seconds(p, 1, 3600_000_000) }
	return []Keyword{
		row("process", processCommand(), "required", "the process to look for", func(k *Keyword) { k.Script = true }),
		row("param_match", custom("[initial|partial]", 0, setParamMatch), "exact", "how its arguments are compared",
			shows(func(d *processDraft) []writing {
				return onlyIf(d.Match != config.MatchExact, [...]string{"", "initial", "partial"}[d.Match])
			})),
		row("weight",
			weightForm(func(d *processDraft) (*int, *bool) { return &d.Weight, &d.Reverse }, 0, -maxTrackWeight,
				maxTrackWeight),
			"0", "0: its loss means FAULT; otherwise what the priority moves by", soft),
		row("quorum", processQuorum(1, func(d *processDraft, n int) bool {
			// Whichever of the two stands second is refused if it contradicts the first.
			// -1: nothing has been said of how many there may be.
			ok := d.QuorumMax < 0 || n <= d.QuorumMax
			d.Quorum = pick(ok, n, d.Quorum)
			return ok
		}, func(d *processDraft) int { return d.Quorum }), "1", "how many there must be"),
		row("quorum_max", processQuorum(0, func(d *processDraft, n int) bool {
			// The 1 that quorum has without a word does not count: `quorum_max 0` alone means none.
			ok := n >= d.Quorum || !d.has("quorum")
			d.QuorumMax = pick(ok, n, d.QuorumMax)
			return ok
		}, func(d *processDraft) int { return d.QuorumMax }), "unlimited", "how many there may be"),
		row("delay", custom("SECONDS 0.000001..3600", 1, setProcessDelay), "0", "sets terminate_delay and fork_delay"),
		row("terminate_delay",
			delay(func(d *processDraft) *time.Duration { return &d.TerminateDelay }),
			"0", "time until a lost process counts"),
		row("fork_delay",
			delay(func(d *processDraft) *time.Duration { return &d.ForkDelay }),
			"0", "time until a new process counts"),
		row("full_command",
			switchOn(func(d *processDraft) *bool { return &d.FullCommand }),
			"off", "compare the whole command line"),
	}
}

// processCommand takes a command line; the first one counts.
func processCommand() Keyword {
	k := custom(`PATH|NAME [ARGS ..] | "PATH" ARGS`, 1, func(s *stmt, d *processDraft) bool {
		if d.Process != nil {
			s.warnf(s.pos(), "duplicate-setting",
				"Process already set for track process %s - ignoring %s; remove one of the two", d.Name, s.word(0))
			return false
		}
		//	process "/usr/sbin/nginx" master
		// The words are those of a command line, but it is not run: the first is compared with the program and the rest
		// with its arguments.
		words, err := syntax.ScriptWords(*s.node)
		if err != nil || len(words) == 0 {
			s.errorf(s.pos(), "invalid-command", "%s: %v", s.title(), err)
			return false
		}
		d.Process = words
		return true
	})
	k.bind.show = showing(func(d *processDraft) []writing {
		var args []string
		for _, word := range d.Process {
			args = append(args, syntax.QuoteWord(word))
		}
		return onlyIf(args != nil, args...)
	})
	return k
}

func setParamMatch(s *stmt, d *processDraft) bool {
	//	param_match initial
	// the order is that of config.ProcessMatch; the bare keyword is an exact match.
	i := slices.Index([]string{"", "initial", "partial"}, s.word(0))
	if i < 0 {
		s.errorf(s.at(0), "unknown-value", "Invalid param_match type %s - ignoring; write initial or partial",
			s.word(0))
		return false
	}
	d.Match = config.ProcessMatch(i)
	return true
}

// processQuorum takes a number of processes; set refuses one that does not fit the
// other limit.
func processQuorum(lo int64, set func(*processDraft, int) bool, get func(*processDraft) int) Keyword {
	k := ranged(Range{Min: lo, Max: 65535}, func(s *stmt, d *processDraft) bool {
		n, ok := s.integer(0, lo, 65535, false)
		if ok && !set(d, int(n)) {
			s.errorf(s.at(0), "limits-swapped",
				"quorum_max is less than quorum with %s %d - ignoring; it must be as large at least", s.keywordName(),
				n)
			return false
		}
		return ok
	})
	k.bind.show = showing(func(d *processDraft) []writing { return inRange(int64(get(d)), lo, 65535) })
	return k
}

// setProcessDelay sets both delays. A word for one of them, below this one, changes that one
// again.
func setProcessDelay(s *stmt, d *processDraft) bool {
	n, ok := s.micros(0, 1, 3600_000_000)
	if ok {
		d.TerminateDelay, d.ForkDelay = fromMicros(n), fromMicros(n)
	}
	return ok
}

// openTrackProcess begins with one process that is wanted, and no upper limit.
func openTrackProcess(s *stmt, b *binder) *processDraft {
	return &processDraft{TrackProcess: config.TrackProcess{Name: s.word(0), Quorum: 1, QuorumMax: -1, Pos: s.pos()}}
}

// closeTrackProcess takes a block that names a process, if its name is free.
func closeTrackProcess(s *stmt, d *processDraft) {
	switch {
	// What it names comes first: a block that is left out must not take the name away from a good one.
	case d.Process == nil:
		s.errorf(s.pos(), "incomplete-block", "track process '%s' process name not specified; write process NAME",
			d.Name)
	case !s.define("vrrp_track_process", d.Name):
		s.mutedf(s.at(0), "duplicate-name",
			"vrrp_track_process %s already defined; the first one is used, give this one another name", d.Name)
	default:
		if d.QuorumMax >= 0 {
			d.Quorum = min(d.Quorum, d.QuorumMax) // "quorum_max 0" alone: there shall be none
		}
		d.FullCommand = d.FullCommand || len(d.Process) > 1 // arguments are nowhere else
		s.cfg.TrackProcesses = append(s.cfg.TrackProcesses, d.TrackProcess)
	}
}

// trackFileRows are the keywords of track_file, and of its old name.
func trackFileRows() []Keyword {
	return []Keyword{
		row("file", custom("PATH", 1, setTrackPath), "required", "the file, it holds one number", soft,
			shows(func(d *fileDraft) []writing { return wordIf(d.Path) })),
		row("weight",
			weightForm(func(d *fileDraft) (*int, *bool) { return &d.Weight, &d.Reverse }, 1, -maxTrackWeight,
				maxTrackWeight),
			"1", "what the number is multiplied by; 0: any number but 0 means FAULT", soft),
		row("init_file",
			custom("[VALUE] [overwrite]", 0, setInitFile),
			"none is made; VALUE 0", "make the file at start", shows(showInitFile)),
	}
}

// setTrackPath takes the path of the file; the first one counts.
func setTrackPath(s *stmt, d *fileDraft) bool {
	if d.Path != "" {
		s.warnf(s.at(0), "duplicate-setting", "File already set for track file %s - ignoring %s; remove one of the two",
			d.Name, s.word(0))
		return false
	}
	d.Path = s.word(0)
	return true
}

// setInitFile reads `init_file [VALUE] [overwrite]`. The bare word makes a file with 0 in it.
func setInitFile(s *stmt, d *fileDraft) bool {
	d.Init = true
	//	init_file 10 overwrite
	// in any order; each word is looked at by itself.
	for i, w := range s.words() {
		n, junk := parseInt(w.Text)
		switch {
		case w.Text == "overwrite":
			d.Overwrite = true
		// It begins like a number, so it was meant as one.
		case junk && (n != 0 || w.Text[:min(1, len(w.Text))] == "0"):
			s.errorf(s.at(i), "invalid-number", "Track file %s init value %s is invalid; write a number", d.Name,
				w.Text)
		case junk:
			s.errorf(s.at(i), "unknown-option", "Unknown track file init option %s; write a number, overwrite, or both",
				w.Text)
		case n < -maxTrackWeight || n > maxTrackWeight:
			s.errorf(s.at(i), "number-out-of-range", "Track file %s init value %s is outside sensible range [-%d, %d]",
				d.Name, w.Text, maxTrackWeight, maxTrackWeight)
		default:
			d.InitValue = int(n)
		}
	}
	return true
}

func showInitFile(d *fileDraft) []writing {
	// The number is written although it may be 0: `init_file` alone means the same.
	args := []string{strconv.Itoa(d.InitValue)}
	if d.Overwrite {
		args = append(args, "overwrite")
	}
	return onlyIf(d.Init, args...)
}

// openTrackFile begins with the weight 1: a number counts as it is unless another weight is
// written.
func openTrackFile(s *stmt, b *binder) *fileDraft {
	return &fileDraft{TrackFile: config.TrackFile{Name: s.word(0), Weight: 1, Pos: s.pos()}}
}

// closeTrackFile takes a block that has a path, if its name is free.
func closeTrackFile(s *stmt, d *fileDraft) {
	switch {
	// The keyword is named as it was written: the block has an old name, too.
	case d.Path == "":
		s.errorf(s.pos(), "incomplete-block", "No file set for %s %s - ignoring; write file PATH", s.kw.Name, d.Name)
	case !s.define("track_file", d.Name):
		s.mutedf(s.at(0), "duplicate-name", "%s %s already defined; the first one is used, give this one another name",
			s.kw.Name, d.Name)
	default:
		s.cfg.TrackFiles = append(s.cfg.TrackFiles, d.TrackFile)
	}
}

// showTrackProcesses writes a block for each of them.
func showTrackProcesses(b *binder) []writing {
	var out []writing
	for _, p := range b.cfg.TrackProcesses {
		out = append(out, writing{args: []string{quoted(p.Name)}, inner: &processDraft{TrackProcess: p}})
	}
	return out
}

// showTrackFiles writes a block for each of them.
func showTrackFiles(b *binder) []writing {
	var out []writing
	for _, f := range b.cfg.TrackFiles {
		out = append(out, writing{args: []string{quoted(f.Name)}, inner: &fileDraft{TrackFile: f}})
	}
	return out
}
