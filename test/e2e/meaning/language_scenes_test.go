//go:build e2e

package meaning

import (
	"fmt"
	"strings"
)

// expanded is the name of a file that no daemon reads: it holds the instances of a
// configuration that are not in its main file as they are meant.
const expanded = "expanded"

// meant lists instances by the number that is their virtual router and ends their address.
func meant(names string) string {
	var b strings.Builder
	for i, name := range strings.Fields(names) {
		fmt.Fprintf(&b, "vrrp_instance %s {\n    10.0.0.%d\n}\n", name, i+1)
	}
	return b.String()
}

// piece is the text of an instance of the language scenes.
func piece(name string, vrid int) string { return fast(name, vrid, "priority 150") }

func languageScenes() []scene {
	return []scene{
		{
			name:  "files of files",
			shows: "(any): include includer includem includew includeb includea",
			conf: `
global_defs {
    include defs/*.conf
    enable_script_security
    script_user root
}
include parts/plain.conf
includer parts/readable.conf
includem parts/must.conf
includew parts/wild*.conf
includeb parts/brace_{a,b}.conf
includea parts/all.conf
include parts/nobody*.conf
include parts/absent.conf
$WHERE=parts/by_definition
include ${WHERE}.conf
vrrp_instance body {
    include parts/body.conf
}
vrrp_instance last {
    include parts/body2.conf
`,
			files: map[string]string{
				"defs/a.conf":              "router_id from_a\n",
				"defs/b.conf":              "vrrp_version 3 # from b\r\n",
				"parts/plain.conf":         piece("plain", 1) + "include deeper/*.conf\n",
				"parts/deeper/b.conf":      piece("deeper_b", 2),
				"parts/deeper/a.conf":      piece("deeper_a", 3) + "include ../beside.conf",
				"parts/beside.conf":        strings.ReplaceAll(piece("beside", 4), "\n", "\r\n"),
				"parts/readable.conf":      piece("readable", 5),
				"parts/must.conf":          piece("must", 6),
				"parts/wild_a.conf":        piece("wild_a", 7),
				"parts/wild_b.conf":        piece("wild_b", 8),
				"parts/brace_a.conf":       piece("brace_a", 9),
				"parts/brace_b.conf":       piece("brace_b", 10),
				"parts/all.conf":           piece("all", 11),
				"parts/by_definition.conf": piece("by_definition", 12),
				"parts/body.conf":          "interface eth0\nvirtual_router_id 13\nadvert_int 0.1\ngarp_master_delay 0\nvirtual_ipaddress {\ninclude addr.conf\n}\n",
				"parts/addr.conf":          "10.0.0.13\n",
				"parts/body2.conf":         "interface eth0\nvirtual_router_id 14\nadvert_int 0.1\ngarp_master_delay 0\nnotify_master \"/run/case/note ${_PWD} ${_INSTANCE}\"\nvirtual_ipaddress {\n10.0.0.14\n}\n}\n",
				expanded:                   meant("plain deeper_b deeper_a beside readable must wild_a wild_b brace_a brace_b all by_definition body last"),
			},
			options: []string{"-i", "blue"},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.called(1)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "a file behind a brace",
			shows: "(any): include",
			conf:  strings.Replace(fast("VI_1", 51, "priority 150"), "virtual_ipaddress {\n        10.0.0.51", "virtual_ipaddress { include addr.conf", 1),
			files: map[string]string{"addr.conf": "10.0.0.51\n", expanded: "vrrp_instance VI_1 {\n10.0.0.51\n}\n"},
			differs: map[string]string{
				secAdverts:   "An include behind a brace is read once",
				secAnnounced: "An include behind a brace is read once",
			},
		},
		{
			name:    "lines that are made",
			shows:   "(any): @ID @^ID $NAME= ~SEQ( ~SEQx( ~LST(",
			options: []string{"-i", "blue"},
			conf: secure + `
$NET=10.0
$BASE=${NET}.0 # raw
$FAST=   interface eth0
$BODY= \
    $FAST \
    version 3 \
    advert_int 0.1 \
    garp_master_delay 0 \
    priority ${PRIO} \
    notify_master "/run/case/note ${NAME} ${_INSTANCE} ${_HASH} ${_BANG} $NET, $NET/x ${UNKNOWN}" \
    virtual_ipaddress { \
        ${BASE}.$ID \
    }
$INST= \
vrrp_instance ${NAME} { \
    virtual_router_id ${ID} \
    $BODY \
}
$PRIO=150
$NAME=multi
$ID=1
$INST
$NAME=seq_${ID}
~SEQ(ID,2,3) $INST
$NAME=down_${ID}
~SEQ(ID,6,-2,4) $INST
~LST({ID,NAME},{5,five},{7,seven}) $INST
$NAME=conditions
$ID=8
@blue $PRIO=160
@green $PRIO=170
@^blue $PRIO=180
@^green vrrp_instance conditions {
@green vrrp_instance conditional {
    virtual_router_id 8
    $BODY
    @^green virtual_ipaddress_excluded {
        ~SEQx(H,9,11) fd00::${H}
        ~SEQ(A,2) ~LST(B,7,8) 10.1.${B}.${A}1/24
        ~SEQ(A,0x10,0x11) 10.2.0.${A}
        ~LST({OPT,B},{link,1},{site,2}) 10.3.${B}.1/24 scope ${OPT}
    @^green }
}
vrrp_instance "quotes # and ! {" { # not a name
    virtual_router_id 9!1
    interface eth0 version 3
    version	3
    advert_int "0.1"
    priority 150#0
    garp_master_delay 0
    notify_master "/run/case/note 'it is # ! ${_HASH}' \"$NET\" a\tb" root # comment "
    virtual_ipaddress { 10.0.0.9
    }
}
`,
			files: map[string]string{expanded: meant("multi seq_2 seq_3 down_4 five down_6 seven conditions")},
			play: func(b *bench) {
				b.start()
				b.more(3, 8)
				b.called(9)
				b.look("master")
				b.stop()
			},
		},
	}
}
