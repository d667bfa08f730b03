package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/test/lab"
)

// cpu is the processor time that all threads of processes have used, as the
// scheduler counts it: ticks would miss most of what wakes up for microseconds.
func cpu(b *testing.B, pids []int) time.Duration {
	b.Helper()
	var total time.Duration
	for _, pid := range pids {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil || len(files) == 0 {
			b.Fatalf("no schedstat of %d: %v", pid, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				b.Fatal(err)
			}
			ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			total += time.Duration(ns)
		}
	}
	return total
}

// rss is the resident memory of processes in KiB.
func rss(b *testing.B, pids []int) int {
	b.Helper()
	total, err := lab.Memory("VmRSS", pids...)
	if err != nil {
		b.Fatal(err)
	}
	return total
}

// BenchmarkHundredInstances measures, with 100 instances at 1 s as master on one host and as
// backup on another, the processor time of both in percent of one core, for engines and
// for keepalived. Run it with -benchtime=1x.
func BenchmarkHundredInstances(b *testing.B) {
	for _, kind := range []string{"engine", "keepalived"} {
		b.Run(kind, func(b *testing.B) {
			for range b.N {
				benchHundred(b, kind)
			}
		})
	}
}

func benchHundred(b *testing.B, kind string) {
	const span = 30 * time.Second
	lan, err := lab.NewLAN(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer lan.Close()
	var procs [2]*lab.Process
	for n, name := range []string{"master", "backup"} {
		box := &box{t: b}
		if box.Host, err = lan.AddHost(name, prefix(fmt.Sprintf("192.168.1.%d/24", 151+n))); err != nil {
			b.Fatal(err)
		}
		var list []config.Instance
		var text strings.Builder
		for i := range 100 {
			in := instance(fmt.Sprintf("VI_%d", i+1), uint8(i+1), uint8(200-100*n), fmt.Sprintf("10.0.%d.1/32", i))
			list = append(list, in)
			text.WriteString(kaInstance(in))
		}
		if kind == "engine" {
			box.engine(list...)
		} else {
			box.keepalived(text.String())
		}
		procs[n] = box.proc
		if n == 0 {
			if err := lab.Eventually(10*time.Second, "100 masters", func() (bool, string) {
				got := strings.Count(box.proc.Log(), "Entering MASTER STATE")
				return got == 100, strconv.Itoa(got)
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	time.Sleep(12 * time.Second) // until the last gratuitous ARP is out
	before := [2]time.Duration{cpu(b, procs[0].Tree()), cpu(b, procs[1].Tree())}
	time.Sleep(span)
	for n, name := range []string{"master", "backup"} {
		used := cpu(b, procs[n].Tree()) - before[n]
		b.ReportMetric(100*used.Seconds()/span.Seconds(), name+"-%cpu")
		b.ReportMetric(float64(rss(b, procs[n].Tree())), name+"-KiB")
	}
	b.ReportMetric(0, "ns/op")
}
