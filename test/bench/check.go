package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// checkSizes are how many objects the file of a configuration test has: what doubling
// it costs is part of the result.
var checkSizes = []int{1000, 2000}

// A shape makes a configuration file with n objects of one kind.
type shape struct {
	name string
	text func(n int) string
}

var shapes = []shape{
	{fmt.Sprintf("virtual servers x %d", servers), func(n int) string { return servicesConfig(n, 0) }},
	{"instances", instancesConfig},
}

// instancesConfig has n instances, 250 on an interface; the interfaces need not exist.
func instancesConfig(n int) string {
	const each = 250
	var b strings.Builder
	b.WriteString("global_defs {\n    dynamic_interfaces\n}\n")
	for i := range n {
		fmt.Fprintf(&b, `vrrp_instance VI_%d {
    state BACKUP
    interface eth%d
    virtual_router_id %d
    priority 100
    advert_int 1
    virtual_ipaddress {
        10.%d.%d.1/32
    }
}
`, i, i/each, 1+i%each, i/each, i%each)
	}
	return b.String()
}

// checks measures a configuration test of large files: time, and the memory it takes at
// most. The programs take turns, so that what else the machine does meets both.
func checks(o options, emit func(result)) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, s := range shapes {
		for _, n := range checkSizes {
			file := filepath.Join(dir, fmt.Sprint(n))
			if err := os.WriteFile(file, []byte(s.text(n)), 0o644); err != nil {
				return err
			}
			if err := checkBoth(o, file, fmt.Sprintf("-t, %d %s", n, s.name), emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkBoth(o options, file, what string, emit func(result)) error {
	took, memory := map[string][]float64{}, map[string][]float64{}
	for range 2*o.runs + 1 { // they are short: more of them
		for _, program := range o.programs {
			t, m, err := checkOnce(program, file)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", program, what, err)
			}
			took[program], memory[program] = append(took[program], t), append(memory[program], m)
		}
	}
	for _, program := range o.programs {
		name := filepath.Base(program)
		emit(result{What: what, Program: name, Value: median(took[program]), Unit: "ms", Runs: took[program]})
		emit(result{What: what + ", memory", Program: name, Value: median(memory[program]), Unit: "MB",
			Runs: memory[program]})
	}
	return nil
}

// checkOnce gives milliseconds and megabytes. The status does not count: the programs
// differ in what they advise.
func checkOnce(program, file string) (took, memory float64, err error) {
	cmd := exec.Command(program, "-t", "-f", file)
	start := time.Now()
	err = cmd.Run()
	took = float64(time.Since(start).Microseconds()) / 1000
	if cmd.ProcessState == nil || !cmd.ProcessState.Exited() {
		return 0, 0, err
	}
	use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, 0, fmt.Errorf("no resource usage of %v", cmd.ProcessState)
	}
	return took, float64(use.Maxrss) / 1024, nil
}
