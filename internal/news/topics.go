package news

// A Topic is a kind of thing that news is about.
type Topic uint8

// The topics.
const (
	Instances Topic = iota + 1 // vrrp_instance: Instance
	Services                   // virtual_server: Service
	Sessions                   // bfd_instance: Session
	Overrides                  // what an operator has changed: override.Override
)

// An Instance is the state of a virtual router.
type Instance struct {
	State    RouterState
	Priority uint8 // the one in force
}

// RouterState is a state of VRRP.
type RouterState uint8

// The states of a virtual router.
const (
	RouterInit RouterState = iota
	RouterBackup
	RouterMaster
	RouterFault
)

// Topic and Version make it a State.
func (Instance) Topic() Topic { return Instances }

// Version is the first.
func (Instance) Version() uint16 { return 1 }

// A Service is the state of a virtual server.
type Service struct {
	Quorum bool // enough of its real servers are up
	Up     int  // how many are
	Weight int  // what those weigh together
}

// Topic and Version make it a State.
func (Service) Topic() Topic { return Services }

// Version is the first.
func (Service) Version() uint16 { return 1 }

// A Session is the state of a BFD session.
type Session struct {
	State SessionState
	Since int64 // when it was entered, in microseconds since 1970
}

// SessionState is what counts of the state of a BFD session.
type SessionState uint8

// The states of a session. It is unsettled while the role has just begun to run and would not have heard of
// a neighbour yet that is there: whoever knew another state may go by that one.
const (
	SessionUnsettled SessionState = iota
	SessionDown
	SessionUp
)

// Topic and Version make it a State.
func (Session) Topic() Topic { return Sessions }

// Version is the first.
func (Session) Version() uint16 { return 1 }
