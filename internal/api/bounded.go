package api

import (
	"net"
	"sync"
)

// A bounded listener has so many connections at a time. Further ones are not taken: they wait in the kernel's queue,
// where they cost this process nothing.
type bounded struct {
	net.Listener
	room chan struct{}
	over chan struct{}
	once sync.Once
}

func newBounded(l net.Listener, most int) *bounded {
	return &bounded{Listener: l, room: make(chan struct{}, most), over: make(chan struct{})}
}

// Accept waits for room first.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.room <- struct{}{}:
	case <-b.over:
		return nil, net.ErrClosed
	}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.room
		return nil, err
	}
	return &placed{Conn: c, leave: sync.OnceFunc(func() { <-b.room })}, nil
}

// Close ends an Accept that waits for room, too.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.over) })
	return b.Listener.Close()
}

// placed is a connection that has its place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
