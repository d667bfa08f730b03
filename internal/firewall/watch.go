package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/mdlayher/netlink"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A watcher tells of changes of the kernel's ruleset by anybody.
type watcher struct {
	conn *netlink.Conn
	// changed is called for each change with the port of the socket that it was made by, 0 for one that was lost.
	changed func(port uint32)
	ended   atomic.Bool // nothing is heard any more
}

// watch begins, in a network namespace or, with nil, in that of the thread. Of a change the kernel tells each part, and
// at its end that there was one: only that is taken, for a host may change thousands of rules at a time that are none
// of ours.
func watch(space *os.File, changed func(port uint32)) (*watcher, error) {
	var where netlink.Config
	if space != nil {
		where.NetNS = int(space.Fd())
	}
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, &where)
	if err != nil {
		return nil, fmt.Errorf("watch nftables: %w", plain(err))
	}
	// Before the group is joined: nothing else gets in.
	filter, err := bpf.Assemble(endsOnly())
	if err == nil {
		err = conn.SetBPF(filter)
	}
	if err == nil {
		err = conn.JoinGroup(unix.NFNLGRP_NFTABLES)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("watch nftables: %w", plain(err)), conn.Close())
	}
	w := &watcher{conn: conn, changed: changed}
	go w.run()
	return w, nil
}

// endsOnly takes messages that tell of the end of a change.
func endsOnly() []bpf.Instruction {
	// A filter reads numbers as they are on a wire, and the header is as it is in this machine.
	kind := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, uint16(ofNFTables(unix.NFT_MSG_NEWGEN))))
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: 4, Size: 2}, // nlmsg_type
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(kind), SkipTrue: 1},
		bpf.RetConstant{},
		bpf.RetConstant{Val: 1 << 16},
	}
}

func (w *watcher) run() {
	for {
		messages, err := w.conn.Receive()
		switch {
		case errors.Is(err, os.ErrClosed) || errors.Is(err, unix.EBADF):
			return
		case errors.Is(err, unix.ENOBUFS):
			w.changed(0) // some were lost
		case err != nil:
			// Nothing else is known to be answered here. Another socket is opened by who hears of this.
			w.ended.Store(true)
			w.changed(0)
			return
		}
		for _, m := range messages {
			w.changed(m.Header.PID)
		}
	}
}

func (w *watcher) deaf() bool { return w.ended.Load() }

func (w *watcher) close() error { return w.conn.Close() }
