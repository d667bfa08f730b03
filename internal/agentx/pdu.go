package agentx

import (
	"fmt"
)

// A Kind is what a PDU is for (RFC 2741, section 6.1).
type Kind uint8

// The kinds of PDUs that a subagent meets.
const (
	KindOpen         Kind = 1
	KindClose        Kind = 2
	KindRegister     Kind = 3
	KindUnregister   Kind = 4
	KindGet          Kind = 5
	KindGetNext      Kind = 6
	KindGetBulk      Kind = 7
	KindTestSet      Kind = 8
	KindCommitSet    Kind = 9
	KindUndoSet      Kind = 10
	KindCleanupSet   Kind = 11
	KindNotify       Kind = 12
	KindPing         Kind = 13
	KindAddAgentCaps Kind = 16
	KindResponse     Kind = 18
)

// Flags of a PDU. Those that the decoder acts on are in no PDU that it gives.
const (
	flagContext  = 1 << 3
	flagBigOrder = 1 << 4
)

// An Error is what a Response says of what was asked (RFC 2741, section 6.2.16, and RFC 3416).
type Error uint16

// The errors that this side says, or understands.
const (
	NoError               Error = 0
	GenErr                Error = 5
	NoAccess              Error = 6
	WrongType             Error = 7
	WrongValue            Error = 10
	ResourceUnavailable   Error = 13
	CommitFailed          Error = 14
	UndoFailed            Error = 15
	NotWritable           Error = 17
	OpenFailed            Error = 256
	NotOpen               Error = 257
	UnsupportedContext    Error = 262
	DuplicateRegistration Error = 263
	ParseError            Error = 266
	RequestDenied         Error = 267
	ProcessingError       Error = 268
)

// String names the error as the RFCs do, or gives its number.
func (e Error) String() string {
	switch e {
	case NoError:
		return "noError"
	case GenErr:
		return "genErr"
	case NoAccess:
		return "noAccess"
	case WrongType:
		return "wrongType"
	case WrongValue:
		return "wrongValue"
	case ResourceUnavailable:
		return "resourceUnavailable"
	case CommitFailed:
		return "commitFailed"
	case UndoFailed:
		return "undoFailed"
	case NotWritable:
		return "notWritable"
	case OpenFailed:
		return "openFailed"
	case NotOpen:
		return "notOpen"
	case UnsupportedContext:
		return "unsupportedContext"
	case DuplicateRegistration:
		return "duplicateRegistration"
	case ParseError:
		return "parseError"
	case RequestDenied:
		return "requestDenied"
	case ProcessingError:
		return "processingError"
	}
	return fmt.Sprintf("error %d", uint16(e))
}

// Why a session is closed (RFC 2741, section 6.2.2).
const (
	ReasonOther         = 1
	ReasonParseError    = 2
	ReasonProtocolError = 3
	ReasonTimeouts      = 4
	ReasonShutdown      = 5
)

// A PDU is one message of either side. Which fields count depends on Kind.
type PDU struct {
	Kind                         Kind
	Session, Transaction, Packet uint32
	// Context is "" for the default one; only that of requests is kept.
	Context string

	Timeout  uint8  // Open, Register: seconds; 0 = the master's own
	Reason   uint8  // Close
	Priority uint8  // Register, Unregister
	OID      OID    // Open, Register, Unregister, AddAgentCaps
	Text     string // Open, AddAgentCaps: description

	Ranges         []Range // Get, GetNext, GetBulk
	NonRepeaters   uint16  // GetBulk
	MaxRepetitions uint16

	UpTime   uint32 // Response: hundredths of a second
	Error    Error
	Index    uint16    // of the variable that the error is about, from 1; 0 = none
	VarBinds []VarBind // Response, Notify, TestSet
}

// takesContext reports whether a context may stand before the rest of a PDU.
func (k Kind) takesContext() bool {
	return k != KindOpen && k != KindClose && k != KindResponse
}
