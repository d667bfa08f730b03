package sysbus

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"unix:path=/run/dbus/system_bus_socket": "/run/dbus/system_bus_socket",
		"unix:guid=0123,path=/a%20b":            "/a b",
		"unix:abstract=/tmp/x":                  "@/tmp/x",
		"unix:guid=1":                           "",
		"unix:path=":                            "",
		"unix:path=%zz":                         "",
		"tcp:host=localhost,port=1":             "",
		"":                                      "",
		"unixexec:path=/bin/sh,argv1=-c,argv2=id": "",
	} {
		got, err := socketOf(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", address, got, err, want)
		}
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/x")
	if Address() != "unix:path=/x" {
		t.Error(Address())
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "")
	if Address() != usual {
		t.Error(Address())
	}
}

// frame is a message as it is sent.
func frame(t testing.TB, m *dbus.Message) []byte {
	t.Helper()
	if len(m.Body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(m.Body...))
	}
	var b bytes.Buffer
	if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(b.Bytes()[8:], 77)
	return b.Bytes()
}

func callTo(path, face, member string, args ...any) *dbus.Message {
	return &dbus.Message{Type: dbus.TypeMethodCall, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(path)), dbus.FieldInterface: dbus.MakeVariant(face),
		dbus.FieldMember: dbus.MakeVariant(member), dbus.FieldSender: dbus.MakeVariant(":1.5")}, Body: args}
}

// Messages that are too large or make no sense are skipped, and the next one is read.
func TestWhatMakesNoSenseIsSkipped(t *testing.T) {
	good := frame(t, callTo("/x", peer, "Ping"))
	large := frame(t, callTo("/x", properties, "GetAll", strings.Repeat("x", 2*maxMessage)))
	odd := bytes.Clone(good)
	odd[1] = 9 // no type of a message
	read := func(b []byte) (*dbus.Message, error) {
		return (&wire{in: bufio.NewReader(bytes.NewReader(b))}).read()
	}
	for name, before := range map[string][]byte{"nothing": nil, "large": large, "odd": odd, "both": append(bytes.Clone(large), odd...)} {
		m, err := read(append(bytes.Clone(before), good...))
		if err != nil || m.Serial() != 77 || callOf(m).member != "Ping" {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	huge := bytes.Clone(good)
	binary.LittleEndian.PutUint32(huge[4:], 0xfffffff0)
	for name, b := range map[string][]byte{"a length that nobody may send": huge, "no message": []byte("HTTP/1.1 200 OK\r\n"), "half": good[:20], "": nil} {
		if m, err := read(b); err == nil {
			t.Errorf("%s: %v", name, m)
		}
	}
}

// Whoever is at the other end: what it says is either taken for the answer it is, or an error.
func TestAuthentication(t *testing.T) {
	for said, want := range map[string]string{
		"OK 0123\r\n": "", "REJECTED EXTERNAL\r\n": "the bus does not take us", "OKAY\r\n": "the bus does not take us",
		"": "EOF", "OK": "EOF", strings.Repeat("x", 10000): "buffer full",
	} {
		here, there := net.Pipe()
		heard := make(chan string, 1)
		go func() {
			b := bufio.NewReader(there)
			line, _ := b.ReadString('\n')
			_, _ = io.WriteString(there, said)
			if want == "" {
				next, _ := b.ReadString('\n')
				line += next
			} else {
				_ = there.Close()
			}
			heard <- line
		}()
		err := (&wire{conn: here, in: bufio.NewReaderSize(here, 4<<10)}).authenticate()
		_ = here.Close()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", said, err, want)
		}
		if line := <-heard; !strings.HasPrefix(line, "\x00AUTH EXTERNAL "+uid()+"\r\n") || want == "" && !strings.HasSuffix(line, "BEGIN\r\n") {
			t.Errorf("it heard %q", line)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(frame(f, callTo("/x", properties, "GetAll", "x")))
	f.Add([]byte("l\x01\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := &wire{in: bufio.NewReader(bytes.NewReader(b))}
		for range 10 {
			m, err := w.read()
			if err != nil {
				return
			}
			_ = callOf(m)
			_ = reason(m)
		}
	})
}

func uid() string { return hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid()))) }
