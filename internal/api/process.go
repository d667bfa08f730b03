package api

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"holdfast/internal/metric"
	"holdfast/internal/state"
)

// Parts of /proc/PID/stat behind the name of the program, counted from 0.
const (
	statUser    = 11
	statSystem  = 12
	statThreads = 17
	statPages   = 21
	statParts   = 22
)

// ticks are how many units of /proc/PID/stat a second has: the same on every Linux (USER_HZ).
const ticks = 100

// processTable is what the kernel tells of the processes of the daemon.
func processTable(a *state.Answer) metric.Table {
	var t metric.Table
	var cpu, memory, threads, files metric.Values
	add := func(role string, pid int) {
		part, ok := statOf(pid)
		if !ok {
			return // it has just ended, or there is none
		}
		t.Rows.Add("role", role)
		cpu.Add((part[statUser] + part[statSystem]) / ticks)
		threads.Add(part[statThreads])
		memory.Add(part[statPages] * float64(os.Getpagesize()))
		files.Add(openFiles(pid))
	}
	add("parent", a.Daemon.PID)
	for _, s := range a.Sources {
		add(s.Role, s.PID)
	}
	t.Add(metric.ProcessCPU, "", cpu)
	t.Add(metric.ProcessMemory, "", memory)
	t.Add(metric.ProcessThreads, "", threads)
	t.Add(metric.ProcessOpenFDs, "", files)
	return t
}

func statOf(pid int) (part [statParts]float64, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The name may have any characters in it; it ends at the last parenthesis.
	end := bytes.LastIndexByte(text, ')')
	if err != nil || end < 0 {
		return part, false
	}
	words := bytes.Fields(text[end+1:])
	if len(words) < statParts {
		return part, false
	}
	for i := 1; i < statParts; i++ { // the first is a letter
		part[i], _ = strconv.ParseFloat(string(words[i]), 64)
	}
	return part, true
}

// openFiles is how many descriptors a process has.
func openFiles(pid int) float64 {
	path := fmt.Sprintf("/proc/%d/fd", pid)
	if st, err := os.Stat(path); err == nil && st.Size() > 0 { // from Linux 6.2 on
		return float64(st.Size())
	}
	names, err := os.ReadDir(path)
	if err != nil {
		return metric.None()
	}
	return float64(len(names))
}
