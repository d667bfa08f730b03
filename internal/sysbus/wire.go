package sysbus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// The library encodes and decodes messages. Its connection is not used: it panics at signals of the bus without their
// argument, takes messages of any size, and waits without end for whoever does not read or answer.

const (
	// patience is how long the bus may take to answer, or to take what is sent.
	patience = 5 * time.Second
	// maxMessage is how large a message is that is looked at, in bytes. The calls that there are have no more than names.
	maxMessage = 64 << 10
	// most is how large one may be, by the specification.
	most = 1 << 27
	// usual is where the bus is unless the environment says otherwise.
	usual = "unix:path=/run/dbus/system_bus_socket"
)

// A wire is a connection to a bus.
type wire struct {
	conn   net.Conn
	in     *bufio.Reader
	serial uint32
	done   chan struct{} // closed with the connection
}

// Address is where the system bus is: what DBUS_SYSTEM_BUS_ADDRESS says, or where it usually is.
func Address() string {
	if a := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS"); a != "" {
		return a
	}
	return usual
}

// dial connects to a bus by its address, of which there may be several with semicolons between.
func dial(ctx context.Context, address string) (*wire, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var all error
	for one := range strings.SplitSeq(address, ";") {
		name, err := socketOf(one)
		if err == nil {
			var c net.Conn
			if c, err = (&net.Dialer{}).DialContext(ctx, "unix", name); err == nil {
				w := &wire{conn: c, in: bufio.NewReaderSize(c, 4<<10), done: make(chan struct{})}
				if err = w.authenticate(); err == nil {
					return w, nil
				}
				_ = c.Close() // nothing was sent that counts
			}
		}
		all = errors.Join(all, err)
	}
	return nil, all
}

// socketOf is the name of the socket that an address has.
func socketOf(address string) (string, error) {
	words, is := strings.CutPrefix(address, "unix:")
	if !is {
		return "", fmt.Errorf("address %q of a bus: want unix:path=PATH or unix:abstract=NAME", address)
	}
	for word := range strings.SplitSeq(words, ",") {
		key, value, _ := strings.Cut(word, "=")
		value, err := url.PathUnescape(value)
		switch {
		case err != nil:
			return "", fmt.Errorf("address %q of a bus: %w", address, err)
		case key == "path" && value != "":
			return value, nil
		case key == "abstract" && value != "":
			return "@" + value, nil
		}
	}
	return "", fmt.Errorf("address %q of a bus: want unix:path=PATH or unix:abstract=NAME", address)
}

// authenticate says who we are, which the socket proves.
func (w *wire) authenticate() error {
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	who := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if _, err := io.WriteString(w.conn, "\x00AUTH EXTERNAL "+who+"\r\n"); err != nil {
		return err
	}
	line, err := w.in.ReadSlice('\n') // longer than its room is an error
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("OK ")) {
		return fmt.Errorf("the bus does not take us: %.80q", bytes.TrimSpace(line))
	}
	if _, err := io.WriteString(w.conn, "BEGIN\r\n"); err != nil {
		return err
	}
	return w.conn.SetDeadline(time.Time{})
}

// read gives the next message that makes sense.
func (w *wire) read() (*dbus.Message, error) {
	for {
		head, err := w.in.Peek(16)
		if err != nil {
			return nil, err
		}
		size, err := sizeOf(head)
		if err != nil {
			return nil, err
		}
		if size > maxMessage {
			if _, err := io.CopyN(io.Discard, w.in, size); err != nil {
				return nil, err
			}
			continue
		}
		frame := make([]byte, size)
		if _, err := io.ReadFull(w.in, frame); err != nil {
			return nil, err
		}
		if m := decode(frame); m != nil {
			return m, nil
		}
	}
}

// sizeOf is how long a message is that begins so.
func sizeOf(head []byte) (int64, error) {
	var order binary.ByteOrder = binary.LittleEndian
	switch head[0] {
	case 'l':
	case 'B':
		order = binary.BigEndian
	default:
		return 0, fmt.Errorf("a message begins with %#x", head[0])
	}
	body, fields := int64(order.Uint32(head[4:])), int64(order.Uint32(head[12:]))
	size := 16 + (fields+7)/8*8 + body
	if size > most {
		return 0, fmt.Errorf("a message claims %d bytes", size)
	}
	return size, nil
}

// decode is a message that came whole, nil if it makes no sense.
func decode(frame []byte) (m *dbus.Message) {
	// Whatever the library thinks of bytes that nobody should send, it is not to end the daemon.
	defer func() {
		if recover() != nil {
			m = nil
		}
	}()
	m, err := dbus.DecodeMessage(bytes.NewReader(frame))
	if err != nil {
		return nil
	}
	return m
}

// send sends a message and gives its number. A bus that does not take it in time is none.
func (w *wire) send(m *dbus.Message) (uint32, error) {
	if len(m.Body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(m.Body...))
	}
	var b bytes.Buffer
	if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
		return 0, fmt.Errorf("encode a message for D-Bus: %w", err)
	}
	if w.serial++; w.serial == 0 {
		w.serial++ // 0 is none
	}
	frame := b.Bytes()
	binary.LittleEndian.PutUint32(frame[8:], w.serial) // the library numbers only what its own connection sends
	if err := w.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	_, err := w.conn.Write(frame)
	return w.serial, err
}

// ask calls a method of the bus itself.
func (w *wire) ask(member string, args ...any) (uint32, error) {
	m := about("/org/freedesktop/DBus", standard, member)
	m.Type, m.Body = dbus.TypeMethodCall, args
	m.Headers[dbus.FieldDestination] = dbus.MakeVariant(standard)
	return w.send(m)
}

func (w *wire) signal(s signal) error {
	m := about(s.path, s.face, s.member)
	m.Type, m.Flags, m.Body = dbus.TypeSignal, dbus.FlagNoReplyExpected, s.body
	_, err := w.send(m)
	return err
}

// about is a message about a member of an interface of an object.
func about(path dbus.ObjectPath, face, member string) *dbus.Message {
	return &dbus.Message{Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldPath: dbus.MakeVariant(path),
		dbus.FieldInterface: dbus.MakeVariant(face), dbus.FieldMember: dbus.MakeVariant(member)}}
}

// reply answers a call, if that is wanted.
func (w *wire) reply(to *dbus.Message, r result) error {
	if to.Flags&dbus.FlagNoReplyExpected != 0 {
		return nil
	}
	m := &dbus.Message{Type: dbus.TypeMethodReply, Flags: dbus.FlagNoReplyExpected, Body: r.values,
		Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldReplySerial: dbus.MakeVariant(to.Serial())}}
	if from, is := to.Headers[dbus.FieldSender]; is {
		m.Headers[dbus.FieldDestination] = from
	}
	if r.failed != "" {
		m.Type, m.Body = dbus.TypeError, []any{text(r.text)}
		m.Headers[dbus.FieldErrorName] = dbus.MakeVariant(r.failed)
	}
	_, err := w.send(m)
	return err
}

func (w *wire) close() {
	_ = w.conn.Close() // nothing is left to be sent
	close(w.done)
}
