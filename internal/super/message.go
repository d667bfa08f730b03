package super

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"holdfast/config"
	"holdfast/internal/codec"
	"holdfast/internal/news"
	"holdfast/internal/state"
)

// kind of a message between supervisor and child.
type kind uint8

const (
	kindPrepare   kind = iota + 1 // to the child: get ready to run this configuration
	kindCommit                    // to the child: what was prepared is now the configuration
	kindAbort                     // to the child: forget what was prepared
	kindDump                      // to the child: write a state file
	kindStop                      // to the child: give back everything and exit
	kindPrepared                  // from the child: Err is empty or why it refuses
	kindCommitted                 // from the child
	kindReleased                  // from the child: everything was given back, for Wait it only sends mail
	kindFailed                    // from the child, last words: it ends with Status and must not be restarted
	kindNews                      // both ways: what a role tells, and what it follows
	kindAsk                       // to the child: answer Question about yourself
	kindState                     // from the child: State, or Err
	kindEvents                    // from the child: what has happened
	kindHasten                    // to the child: make checks that are due later
	kindAnnounce                  // to the child: announce the addresses of Instance
	kindTake                      // from the child: it is ready to go on from where its predecessor is
	kindNotGiven                  // to the child: Err is why that does not hand over
	kindClear                     // to the child: take away what others have left that ran with Config, and exit
)

// message is one frame on the control socket.
type message struct {
	// Generation is the number of a configuration: an answer about an earlier one is known by it.
	Kind       kind
	Generation uint64
	Config     *config.Config // kindPrepare, kindClear
	Again      bool           // kindPrepare: a process that has died was running with a configuration
	Dump       DumpKind       // kindDump
	Wait       time.Duration  // kindReleased
	Err        string         // kindPrepared, kindCommitted, kindFailed, kindState, kindNotGiven
	Status     int            // kindPrepared, kindFailed: exit status of a permanent error, 0 = not permanent
	News       []news.Item    // kindNews
	State      *state.Report  // kindState
	Question   state.Question // kindAsk, kindState
	Events     []state.Event  // kindEvents
	Service    string         // kindHasten
	Server     string         // kindHasten
	Instance   string         // kindAnnounce
	Succeeds   bool           // kindPrepare: it takes the place of a process that lives, and hands over
}

// maxFrame bounds what a reader allocates; a configuration of a million lines fits.
const maxFrame = 1 << 28

// messages is how messages are written; it is made at its first use and never changes.
var messages = sync.OnceValues(codec.New[message])

// Room to write a message in. A slice that grows leaves many times its size behind: most
// configurations fit from the start.
const (
	shortMessage  = 512
	configMessage = 64 << 10
)

func writeMessage(w io.Writer, m message) error {
	c, err := messages()
	if err != nil {
		return err
	}
	room := shortMessage
	if m.Config != nil {
		room = configMessage
	}
	if m.State != nil {
		for name, list := range m.State.Lists {
			room += len(name) + len(list) + 2*binary.MaxVarintLen64
		}
		for i := range m.State.Tables {
			room += m.State.Tables[i].Size()
		}
	}
	// The first 4 bytes are for the length of what follows, big endian.
	frame, err := c.Append(make([]byte, 4, room), &m)
	if err != nil {
		return fmt.Errorf("encode control message: %v", err)
	}
	if len(frame)-4 > maxFrame {
		return fmt.Errorf("control message of %d bytes is too long", len(frame)-4)
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	_, err = w.Write(frame)
	return err
}

// firstRead is how much of a frame is taken on trust in its length.
const firstRead = 1 << 20

func readMessage(r io.Reader) (message, error) {
	m, _, err := readMessageInto(nil, r)
	return m, err
}

// readMessageInto is readMessage with room, and gives the room that it took. Nothing of it is in the message.
func readMessageInto(room []byte, r io.Reader) (message, []byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n > maxFrame {
		return message{}, nil, fmt.Errorf("control message claims %d bytes", n)
	}
	// Not all at once: until the bytes are there the length is only a claim.
	body := slices.Grow(room[:0], int(min(n, firstRead)))[:min(n, firstRead)]
	if _, err := io.ReadFull(r, body); err != nil {
		// A frame that was begun has no orderly end: that is a bare io.EOF before the head.
		return message{}, nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	for int64(len(body)) < n {
		// As much again as there is already.
		read := len(body)
		whole := make([]byte, min(n, 8*int64(read)))
		copy(whole, body)
		if _, err := io.ReadFull(r, whole[read:]); err != nil {
			return message{}, nil, errors.Join(io.ErrUnexpectedEOF, err)
		}
		body = whole
	}
	c, err := messages()
	if err != nil {
		return message{}, nil, err
	}
	m, err := c.Decode(body)
	if err != nil {
		return m, nil, fmt.Errorf("decode control message: %v", err)
	}
	return m, body, nil
}
