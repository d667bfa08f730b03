package engine

import (
	"errors"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/sockbuf"
	"holdfast/vrrp"
)

// receiveBuffer is the receive buffer in bytes of a port whose routers ask for nothing: some thousand
// advertisements, so that none is lost while the loop sets a large number of addresses.
const receiveBuffer = 1 << 20

// receiveBuffers are the receive buffers in bytes that routers ask for together, by their ports
// (semantics 2.17). mtu is that of an interface.
func receiveBuffers(b *config.Buffers, routers []*router, mtu func(dev string) int) map[portKey]int {
	sizes := map[portKey]int{}
	for _, r := range routers {
		if share := bufferShare(b, r.cfg, mtu(r.cfg.Interface)); share > 0 {
			// Routers of a port share its sockets (semantics 2.16), so that their shares add up.
			sizes[r.port] += share
		}
	}
	return sizes
}

// bufferShare is what one router adds to the receive buffer of its port, in bytes.
func bufferShare(b *config.Buffers, i *config.Instance, mtu int) int {
	// `kernel_rx_buf_size` of the instance comes before `vrrp_rx_bufs_policy`.
	if i.RxBufSize > 0 {
		return int(i.RxBufSize)
	}
	switch b.Adverts {
	case config.BufferMTU:
		return int(b.AdvertMultiplier) * mtu
	case config.BufferAdvert:
		return int(b.AdvertMultiplier) * vrrp.DatagramSize(i, mtu)
	case config.BufferBytes:
		return int(b.AdvertBytes)
	}
	return 0
}

// sizeBuffers gives the ports in use the receive buffers that their routers ask for now, and the sockets to the
// kernel those of the configuration.
func (e *Engine) sizeBuffers() {
	e.sizeNetlink()
	e.buffers = receiveBuffers(&e.cfg.Global.Buffers, e.routers.all, func(dev string) int {
		// An interface that is not there has the MTU 0.
		l, _ := e.host.link(dev)
		return l.MTU
	})
	for _, k := range e.ports.want {
		if p := e.ports.using(k); p != nil {
			p.socket.resize(e.bufferOf(k))
		}
	}
}

// bufferOf is the receive buffer of a port in bytes.
func (e *Engine) bufferOf(k portKey) int {
	if n := e.buffers[k]; n > 0 {
		return n
	}
	return receiveBuffer
}

// sizeNetlink gives the sockets to the kernel the receive buffers of the configuration.
func (e *Engine) sizeNetlink() {
	b := e.cfg.Global.Buffers
	answers, events := sockbuf.Size(b.VRRPCommand), sockbuf.Size(b.VRRPMonitor)
	err := errors.Join(e.kernel.SetReceiveBuffer(answers), e.watcher.SetReceiveBuffers(events, answers))
	if err != nil {
		e.log.Warn("cannot size the receive buffers of netlink", zap.Error(err))
	}
}

// startupDelay is how long the protocol waits at the start: vrrp_startup_delay, and until
// vrrp_delay_after_boot is over (semantics 1.28).
func startupDelay(g *config.Global, uptime time.Duration) time.Duration {
	// The later end of both; a boot that is long over makes the second one negative.
	return max(g.VRRPStartupDelay, g.DelayAfterBoot-uptime)
}

// uptime is the time since the machine was started, its sleep included; it is 0 if the kernel does not tell.
func uptime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
