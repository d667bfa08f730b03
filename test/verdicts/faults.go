package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"holdfast/config/language"
	"holdfast/test/mutate"
)

// faultsEach is the most faults of one kind that are put into one file of the corpus.
const faultsEach = 3

// measureFaults injects faults into our own good files, and into those of the corpus
// that the reference has nothing against, and prints how many each program reports on
// the right line.
func measureFaults(o options, ref *reference) error {
	for _, set := range []struct {
		name, dir string
		each      int
	}{{"own files", o.good, 0}, {"files of the corpus", o.corpus, faultsEach}} {
		if set.dir == "" {
			continue
		}
		files, err := texts(set.dir)
		if err != nil {
			return err
		}
		var faults []mutate.Fault
		good := map[string]string{}
		for _, f := range files {
			if v := ref.ask(f.Text); v.Status == 0 && len(v.Complaints) == 0 {
				good[f.Name] = f.Text
				faults = append(faults, mutate.Some(mutate.Faults(language.Table(), f.Name, f.Text), set.each)...)
			}
		}
		fmt.Printf("%s: %d good ones\n", set.name, len(good))
		here, there := tallies(faults, good, ref, o)
		mutate.Table(os.Stdout, []string{"holdfast", "keepalived"}, []mutate.Tally{here, there})
	}
	return nil
}

// tallies asks both about every fault. What we miss is printed and kept.
func tallies(faults []mutate.Fault, good map[string]string, ref *reference, o options) (here, there mutate.Tally) {
	here, there = mutate.Tally{}, mutate.Tally{}
	theirs := make([]verdict, len(faults))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := range next {
				theirs[i] = ref.ask(faults[i].Text)
			}
		})
	}
	for i := range faults {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, f := range faults {
		there.Count(f, reports(ref.ask(good[f.Name])), reports(theirs[i]))
		before, _ := ours(good[f.Name], "")
		now, _ := ours(f.Text, "")
		if !here.Count(f, reports(before), reports(now)) {
			name := fmt.Sprintf("fault-%04d.conf", i)
			fmt.Printf("  missed: %s %s: %s at %v %q\n", name, f.Name, f.Kind, f.Lines,
				strings.Split(f.Text, "\n")[f.Lines[0]-1])
			_ = os.WriteFile(filepath.Join(o.out, name), []byte(f.Text), 0o644)
		}
	}
	return here, there
}

// reports are the complaints of a verdict; our advice is none.
func reports(v verdict) []mutate.Report {
	var out []mutate.Report
	for _, c := range v.Complaints {
		if !strings.HasPrefix(c.Text, "note: ") {
			out = append(out, mutate.Report(c))
		}
	}
	return out
}
