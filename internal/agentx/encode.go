package agentx

import (
	"encoding/binary"
	"fmt"
)

const (
	version    = 1
	headerSize = 20 // bytes
)

// Append appends the PDU to b, in network byte order.
func (p *PDU) Append(b []byte) ([]byte, error) {
	flags := byte(flagBigOrder)
	if p.Context != "" && p.Kind.takesContext() {
		flags |= flagContext
	}
	start := len(b)
	b = append(b, version, byte(p.Kind), flags, 0)
	for _, n := range [...]uint32{p.Session, p.Transaction, p.Packet, 0} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	if flags&flagContext != 0 {
		b = appendText(b, p.Context)
	}
	b, err := p.appendBody(b)
	if err != nil {
		return b[:start], err
	}
	binary.BigEndian.PutUint32(b[start+headerSize-4:], uint32(len(b)-start-headerSize))
	return b, nil
}

func (p *PDU) appendBody(b []byte) ([]byte, error) {
	switch p.Kind {
	case KindOpen:
		return appendText(appendOID(append(b, p.Timeout, 0, 0, 0), p.OID, false), p.Text), nil
	case KindClose:
		return append(b, p.Reason, 0, 0, 0), nil
	case KindRegister:
		return appendOID(append(b, p.Timeout, p.Priority, 0, 0), p.OID, false), nil
	case KindUnregister:
		return appendOID(append(b, 0, p.Priority, 0, 0), p.OID, false), nil
	case KindAddAgentCaps:
		return appendText(appendOID(b, p.OID, false), p.Text), nil
	case KindGet, KindGetNext:
		return appendRanges(b, p.Ranges), nil
	case KindGetBulk:
		b = binary.BigEndian.AppendUint16(b, p.NonRepeaters)
		b = binary.BigEndian.AppendUint16(b, p.MaxRepetitions)
		return appendRanges(b, p.Ranges), nil
	case KindTestSet, KindNotify:
		return appendVarBinds(b, p.VarBinds)
	case KindCommitSet, KindUndoSet, KindCleanupSet, KindPing:
		return b, nil
	case KindResponse:
		b = binary.BigEndian.AppendUint32(b, p.UpTime)
		b = binary.BigEndian.AppendUint16(b, uint16(p.Error))
		b = binary.BigEndian.AppendUint16(b, p.Index)
		return appendVarBinds(b, p.VarBinds)
	}
	return b, fmt.Errorf("encode a PDU of kind %d", p.Kind)
}

func appendRanges(b []byte, all []Range) []byte {
	for _, r := range all {
		b = appendOID(appendOID(b, r.Start, r.Include), r.End, false)
	}
	return b
}

func appendVarBinds(b []byte, all []VarBind) ([]byte, error) {
	for _, v := range all {
		b = binary.BigEndian.AppendUint16(b, uint16(v.Value.Type))
		b = appendOID(append(b, 0, 0), v.Name, false)
		switch v.Value.Type.form() {
		case formWord:
			b = binary.BigEndian.AppendUint32(b, uint32(v.Value.Number))
		case formLong:
			b = binary.BigEndian.AppendUint64(b, v.Value.Number)
		case formBytes:
			b = appendText(b, v.Value.Text)
		case formOID:
			b = appendOID(b, v.Value.OID, false)
		case formNothing:
		default:
			return b, fmt.Errorf("encode a value of type %d", v.Value.Type)
		}
	}
	return b, nil
}

// internet is the prefix that the short form of a name leaves out, with the one sub-identifier that it says.
func internet() OID { return OID{1, 3, 6, 1} }

func appendOID(b []byte, o OID, include bool) []byte {
	prefix := byte(0)
	if len(o) > 4 && o[:4].Begins(internet()) && o[4] > 0 && o[4] < 256 {
		prefix, o = byte(o[4]), o[5:]
	}
	in := byte(0)
	if include {
		in = 1
	}
	b = append(b, byte(len(o)), prefix, in, 0)
	for _, n := range o {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
	return append(b, make([]byte, padding(len(text)))...)
}

// padding is how many bytes follow a text of n bytes, so that what comes next begins at a multiple of 4.
func padding(n int) int { return -n & 3 }
