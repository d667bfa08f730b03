// Command verdicts compares what -t says about configurations with what Debian's
// keepalived says: it makes many variants of given files and of every keyword, runs
// both on each in namespaces of its own, and lists where they disagree, grouped by
// cause. What keepalived said is kept, so that a second run asks only us.
//
//	verdicts -corpus DIR [-n VARIANTS] [-set keywords,bounds,mutants,splices,mixes,ids]
//	verdicts -faults [-corpus DIR]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"holdfast/test/lab"
)

type options struct {
	reference string // keepalived
	corpus    string // folder of real files with interfaces.txt and the like, "" for none
	good      string // folder of our own good files
	out       string // folder for what the reference said and the variants that are shown
	sets      string
	only      string
	seed      uint64
	each      int // variants of each file
	shown     int // examples of each cause
	roles     bool
	faults    bool
}

func main() {
	var o options
	flag.StringVar(&o.reference, "reference", "/usr/sbin/keepalived", "the program to compare with")
	flag.StringVar(&o.corpus, "corpus", "", "folder of real files with interfaces.txt, netns.txt and stub-*.txt")
	flag.StringVar(&o.good, "good", "test/mutate/testdata", "folder of our own good files")
	flag.StringVar(&o.out, "out", "bin/verdicts",
		"folder for the answers of the reference and the variants that are shown")
	flag.StringVar(&o.sets, "set", "files,keywords,bounds,mutants,splices,mixes", "which variants to make")
	flag.StringVar(&o.only, "only", "", "only variants whose name contains this")
	flag.Uint64Var(&o.seed, "seed", 1, "of the random choices")
	flag.IntVar(&o.each, "n", 10, "random variants of each file")
	flag.IntVar(&o.shown, "shown", 3, "examples shown of each cause")
	flag.BoolVar(&o.roles, "roles", false, "ask with -P and -C as well")
	flag.BoolVar(&o.faults, "faults", false, "measure which injected faults are reported on the right line")
	flag.Parse()
	for _, p := range []*string{&o.corpus, &o.good, &o.out} {
		if *p != "" {
			if abs, err := filepath.Abs(*p); err == nil {
				*p = abs
			}
		}
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, "verdicts:", err)
		os.Exit(1)
	}
	os.Exit(lab.Isolate(func() int {
		if err := run(o); err != nil {
			fmt.Fprintln(os.Stderr, "verdicts:", err)
			return 1
		}
		return 0
	}))
}

func run(o options) error {
	st, err := newStage(o.corpus, o.out)
	if err != nil {
		return err
	}
	ref, err := newReference(o.reference, filepath.Join(o.out, "answers"), st)
	if err != nil {
		return err
	}
	defer ref.save()
	if o.faults {
		return measureFaults(o, ref)
	}
	variants, err := collect(o)
	if err != nil {
		return err
	}
	r := compareAll(variants, ref, o.roles)
	r.print(os.Stdout, o.shown, o.out)
	return nil
}

func (o options) has(set string) bool {
	for _, s := range strings.Split(o.sets, ",") {
		if s == set {
			return true
		}
	}
	return false
}
