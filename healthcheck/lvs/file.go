package lvs

import (
	"math"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
)

// fileKind is FILE_CHECK: the number in a track_file is a part of the weight of a server, or takes it out (semantics
// 10.13). It differs from other kinds in that nobody gets mail of it, as 2.2.7 has it, and in that its file is known
// before its server enters the table.
func fileKind() *kind {
	subject := func(k *check) string { return "(" + k.server.name + "): tracked file " + k.cfg.File.TrackFile + " " }
	return &kind{
		subject: subject,
		success: func(k *check) string { return subject(k) + "leaving FAULT state" },
		failure: func(k *check, _ attempt.Outcome) string { return subject(k) + "now FAULT state" },
		follows: func(c *config.Checker) string { return c.File.TrackFile },
		effect:  fileEffect,
	}
}

// fileEffect is what a number does to a server: with weight 0 any number but 0 is a fault, or 0 is if reversed;
// with another weight it is multiplied, and a fault is what would leave no weight to anybody.
func fileEffect(c *Core, k *config.Checker, number int) (points int64, fault bool) {
	weight, reverse := c.fileWeight(k.File)
	if weight == 0 {
		return 0, (number != 0) != reverse
	}
	if reverse {
		weight = -weight
	}
	// No overflow: both fit into 32 bits.
	points = min(int64(number)*int64(weight), math.MaxInt32)
	if points <= math.MinInt32 {
		return 0, true
	}
	return points, false
}

// trackOf is the file that a checker follows, with its weight.
func (c *Core) trackOf(k *config.Checker) config.Track {
	if k.File == nil {
		return config.Track{}
	}
	t := config.Track{Kind: config.TrackedFile, Name: k.File.TrackFile}
	t.Weight, t.Reverse = c.fileWeight(k.File)
	return t
}

// fileWeight is the weight of a checker, which is that of the track_file when it has none of its own.
func (c *Core) fileWeight(f *config.FileCheck) (weight int, reverse bool) {
	if f.Weight != nil {
		return *f.Weight, f.Reverse
	}
	of := c.files[f.TrackFile]
	if of == nil {
		return 0, false // the language lets nobody follow a file that is not defined
	}
	return of.Weight, of.Reverse
}
