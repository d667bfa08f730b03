package agentx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// maxPayload is how long a PDU may be without its header. What an SNMP agent passes on came in a datagram, so a longer
// one is no request; and nobody makes us ask for memory by a number that is only a claim.
const maxPayload = 1 << 17

// A Header is what a PDU begins with.
type Header struct {
	Kind                         Kind
	Session, Transaction, Packet uint32
	Length                       int // of the rest, in bytes
	context, bigOrder            bool
}

// HeaderSize is how long a header is, in bytes.
const HeaderSize = headerSize

// ParseHeader reads a header. An error says that the bytes behind it cannot be told apart any more.
func ParseHeader(b [HeaderSize]byte) (Header, error) {
	if b[0] != version {
		return Header{}, fmt.Errorf("version %d of AgentX", b[0])
	}
	h := Header{Kind: Kind(b[1]), context: b[2]&flagContext != 0, bigOrder: b[2]&flagBigOrder != 0}
	order := h.order()
	h.Session, h.Transaction, h.Packet = order.Uint32(b[4:]), order.Uint32(b[8:]), order.Uint32(b[12:])
	length := order.Uint32(b[16:])
	if length > maxPayload {
		return h, fmt.Errorf("a PDU of %d bytes, where %d are possible", length, maxPayload)
	}
	if length%4 != 0 {
		return h, fmt.Errorf("a PDU of %d bytes, which is no multiple of 4", length)
	}
	h.Length = int(length)
	return h, nil
}

func (h Header) order() binary.ByteOrder {
	if h.bigOrder {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Parse reads the rest of a PDU. It keeps nothing of b. Of a PDU with an error the fields of the header are there.
func (h Header) Parse(b []byte) (PDU, error) {
	p := PDU{Kind: h.Kind, Session: h.Session, Transaction: h.Transaction, Packet: h.Packet}
	d := decoder{in: b, order: h.order()}
	if len(b) != h.Length {
		return p, errShort
	}
	if h.context {
		if !h.Kind.takesContext() {
			return p, fmt.Errorf("a PDU of kind %d with a context", h.Kind)
		}
		p.Context = d.text()
	}
	if d.err == nil {
		d.body(&p)
	}
	if d.err == nil && len(d.in) > 0 {
		d.err = fmt.Errorf("%d bytes are left over", len(d.in))
	}
	if d.err != nil {
		p.Ranges, p.VarBinds = nil, nil
		return p, d.err
	}
	return p, nil
}

// A decoder reads from the beginning of what is left; the first error stays, and everything behind it is zero.
type decoder struct {
	in    []byte
	order binary.ByteOrder
	err   error
}

func (d *decoder) body(p *PDU) {
	switch p.Kind {
	case KindOpen:
		p.Timeout = d.take(4)[0]
		p.OID, p.Text = d.name(), d.text()
	case KindClose:
		p.Reason = d.take(4)[0]
	case KindRegister, KindUnregister:
		fixed := d.take(4)
		p.Priority, p.OID = fixed[1], d.name()
		if p.Kind == KindRegister {
			p.Timeout = fixed[0]
		}
		if fixed[2] != 0 {
			d.fail(errors.New("a range of subtrees"))
		}
	case KindAddAgentCaps:
		p.OID, p.Text = d.name(), d.text()
	case KindGet, KindGetNext:
		p.Ranges = d.ranges()
	case KindGetBulk:
		fixed := d.take(4)
		p.NonRepeaters, p.MaxRepetitions = d.order.Uint16(fixed), d.order.Uint16(fixed[2:])
		p.Ranges = d.ranges()
	case KindTestSet, KindNotify:
		p.VarBinds = d.varBinds()
	case KindCommitSet, KindUndoSet, KindCleanupSet, KindPing:
	case KindResponse:
		fixed := d.take(8)
		p.UpTime = d.order.Uint32(fixed)
		p.Error, p.Index = Error(d.order.Uint16(fixed[4:])), d.order.Uint16(fixed[6:])
		p.VarBinds = d.varBinds()
	default:
		d.fail(fmt.Errorf("a PDU of kind %d", p.Kind))
	}
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.in = nil
}

// take gives the next n bytes, zeros when there are fewer; n is small.
func (d *decoder) take(n int) []byte {
	if len(d.in) < n {
		d.fail(errShort)
		return make([]byte, n)
	}
	b := d.in[:n]
	d.in = d.in[n:]
	return b
}

func (d *decoder) text() string {
	n := d.order.Uint32(d.take(4))
	if uint64(n) > uint64(len(d.in)) || int(n)+padding(int(n)) > len(d.in) {
		d.fail(errShort)
		return ""
	}
	text := string(d.in[:n])
	d.in = d.in[int(n)+padding(int(n)):]
	return text
}

func (d *decoder) name() OID {
	o, _ := d.bound()
	return o
}

// bound reads a name with its flag.
func (d *decoder) bound() (o OID, include bool) {
	fixed := d.take(4)
	n, prefix := int(fixed[0]), fixed[1]
	if n > maxOID {
		d.fail(fmt.Errorf("a name of %d sub-identifiers", n))
		return nil, false
	}
	if len(d.in) < 4*n {
		d.fail(errShort)
		return nil, false
	}
	if prefix != 0 {
		o = append(slices.Grow(o, n+5), 1, 3, 6, 1, uint32(prefix))
	} else if n > 0 {
		o = make(OID, 0, n)
	}
	for range n {
		o = append(o, d.order.Uint32(d.take(4)))
	}
	if len(o) > maxOID {
		d.fail(fmt.Errorf("a name of %d sub-identifiers", len(o)))
		return nil, false
	}
	return o, fixed[2] != 0
}

func (d *decoder) ranges() (all []Range) {
	for d.err == nil && len(d.in) > 0 {
		var r Range
		r.Start, r.Include = d.bound()
		r.End = d.name()
		all = append(all, r)
	}
	return all
}

func (d *decoder) varBinds() (all []VarBind) {
	for d.err == nil && len(d.in) > 0 {
		var v VarBind
		v.Value.Type = Type(d.order.Uint16(d.take(4)))
		v.Name = d.name()
		switch v.Value.Type.form() {
		case formWord:
			v.Value.Number = uint64(d.order.Uint32(d.take(4)))
		case formLong:
			v.Value.Number = d.order.Uint64(d.take(8))
		case formBytes:
			v.Value.Text = d.text()
		case formOID:
			v.Value.OID = d.name()
		case formNothing:
		default:
			d.fail(fmt.Errorf("a value of type %d", v.Value.Type))
		}
		all = append(all, v)
	}
	return all
}
