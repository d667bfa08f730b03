//go:build e2e

package meaning

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tuningScenes are about what the kernel does for the processes: processors, priority, room in sockets.
func tuningScenes() []scene {
	return []scene{
		{
			name: "processors and limits",
			shows: "global_defs: vrrp_cpu_affinity vrrp_rlimit_rttime bfd_cpu_affinity bfd_rt_priority bfd_rlimit_rtime " +
				"vrrp_netlink_cmd_rcv_bufs vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force",
			conf: `global_defs {
    vrrp_cpu_affinity 0
    vrrp_rt_priority 7
    vrrp_rlimit_rttime 800000
    bfd_cpu_affinity 0
    bfd_rt_priority 3
    bfd_rlimit_rtime 700000
    vrrp_netlink_cmd_rcv_bufs 301000
    vrrp_netlink_monitor_rcv_bufs 9000001
    vrrp_netlink_monitor_rcv_bufs_force
}
bfd_instance peer {
    neighbor_ip 192.168.1.99
}
` + fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.tuned("vrrp.pid", 2*301000, 2*9000001)
				b.tuned("bfd.pid")
				b.stop()
			},
		},
		{
			name:  "commands beyond the limit",
			shows: "global_defs: vrrp_netlink_cmd_rcv_bufs_force vrrp_rlimit_rtime",
			conf: `global_defs {
    vrrp_rt_priority 7
    vrrp_rlimit_rtime 600000
    vrrp_netlink_cmd_rcv_bufs 9000001
    vrrp_netlink_cmd_rcv_bufs_force
    vrrp_netlink_monitor_rcv_bufs 9000003
}
` + fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.tuned("vrrp.pid", 2*9000001, 2*9000003)
				b.stop()
			},
		},
		{
			name:  "late timers",
			shows: "global_defs: max_auto_priority min_auto_priority_delay",
			conf: "global_defs {\n    vrrp_rlimit_rttime 800000\n    max_auto_priority 2\n    min_auto_priority_delay 150000\n}\n" +
				fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				for n := range 2 {
					b.holdUp("vrrp.pid", 400*time.Millisecond)
					b.logged(fmt.Sprintf("Set realtime priority %d", n+1), 1)
					b.tuned("vrrp.pid")
				}
				// That is the most there may be.
				b.holdUp("vrrp.pid", 400*time.Millisecond)
				b.logged("A thread timer expired", 3)
				b.tuned("vrrp.pid")
				b.stop()
			},
		},
		{
			name:  "room for what is received, by MTU",
			shows: "global_defs: vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier; vrrp_instance: kernel_rx_buf_size",
			conf: "global_defs {\n    vrrp_rx_bufs_policy MTU\n    vrrp_rx_bufs_multiplier 7\n}\n" + fast("VI_1", 51, "priority 150") +
				fast("VI_2", 52, "priority 150") + fast("own", 53, "priority 150\n    kernel_rx_buf_size 12345"),
			play: inRoom,
		},
		{
			name:  "room for what is received, by advertisement",
			shows: "global_defs: vrrp_rx_bufs_policy",
			conf: "global_defs {\n    vrrp_rx_bufs_policy advert\n    vrrp_rx_bufs_multiplier 99\n}\n" +
				fast("VI_1", 51, "priority 150") + fast("VI_2", 52, "priority 150"),
			play: inRoom,
		},
		{
			name:  "room for what is received, in bytes",
			shows: "global_defs: vrrp_rx_bufs_policy",
			conf: "global_defs {\n    vrrp_rx_bufs_policy 23456\n}\n" +
				fast("VI_1", 51, "priority 150") + fast("VI_2", 52, "priority 150"),
			play: inRoom,
		},
		{
			name:  "groups that nobody is told of",
			shows: "global_defs: disable_local_igmp",
			conf:  "global_defs {\n    disable_local_igmp\n}\n" + fast("VI_1", 51, "priority 150"),
		},
	}
}

// inRoom is the plain play, with a look at the sockets.
func inRoom(b *bench) {
	b.start()
	b.masters()
	b.room()
	b.stop()
}

// roleOf is the process of a pid file.
func (b *bench) roleOf(pidfile string) int {
	text, err := os.ReadFile(filepath.Join(b.run, pidfile))
	b.must(err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	b.must(err)
	return pid
}

// holdUp keeps a process from running for a while.
func (b *bench) holdUp(pidfile string, d time.Duration) {
	pid := b.roleOf(pidfile)
	b.must(syscall.Kill(pid, syscall.SIGSTOP))
	time.Sleep(d)
	b.must(syscall.Kill(pid, syscall.SIGCONT))
}

// tuned writes down how all threads of a process run, what limits them, and which of these receive buffers its netlink
// sockets have.
func (b *bench) tuned(pidfile string, buffers ...int) {
	pid := b.roleOf(pidfile)
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	b.must(err)
	var ways []string
	for _, t := range tasks {
		tid, err := strconv.Atoi(filepath.Base(t))
		b.must(err)
		var cpus unix.CPUSet
		attr, err := unix.SchedGetAttr(tid, 0)
		if err == nil {
			err = unix.SchedGetaffinity(tid, &cpus)
		}
		if err == unix.ESRCH {
			continue // it has ended since
		}
		b.must(err)
		ways = append(ways, fmt.Sprintf("policy %d priority %d, %d processors", attr.Policy, attr.Priority, cpus.Count()))
	}
	slices.Sort(ways)
	b.seen.add(secSteps, "%s: %s", pidfile, strings.Join(slices.Compact(ways), "; "))
	var limit unix.Rlimit
	b.must(unix.Prlimit(pid, unix.RLIMIT_RTTIME, nil, &limit))
	b.seen.add(secSteps, "real time until the signal: %d us", limit.Cur)
	sizes := b.netlinkBuffers(pid)
	for _, n := range buffers {
		b.seen.add(secSteps, "a buffer of %d bytes: %v", n, slices.Contains(sizes, n))
	}
}

// netlinkBuffers are the receive buffers of the netlink sockets of a process.
func (b *bench) netlinkBuffers(pid int) []int { return b.buffers(pid, unix.SO_DOMAIN, unix.AF_NETLINK) }

// leastBuffer is the smallest receive buffer the kernel has; sockets that only send have it.
const leastBuffer = 2304

// room writes down the receive buffers of the sockets of VRRP that receive.
func (b *bench) room() {
	sizes := b.buffers(b.roleOf("vrrp.pid"), unix.SO_PROTOCOL, protoVRRP)
	sizes = slices.DeleteFunc(sizes, func(n int) bool { return n == leastBuffer })
	slices.Sort(sizes)
	b.seen.add(secSteps, "receive buffers of VRRP: %v", sizes)
}

// buffers are the receive buffers of the sockets of a process of which an option has a value.
func (b *bench) buffers(pid, option, value int) (sizes []int) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	b.must(err)
	defer unix.Close(pidfd)
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	b.must(err)
	for _, f := range fds {
		n, err := strconv.Atoi(f.Name())
		b.must(err)
		fd, err := unix.PidfdGetfd(pidfd, n, 0)
		if err != nil {
			continue // closed since
		}
		if have, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, option); err == nil && have == value {
			size, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
			b.must(err)
			sizes = append(sizes, size)
		}
		unix.Close(fd)
	}
	return sizes
}
