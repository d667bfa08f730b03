// Package maglev is a model of the table by which the kernel's scheduler mh spreads
// clients: which server a client gets, and how many clients a change moves. It is pure.
//
// The table is that of the paper "Maglev: A Fast and Reliable Software Network Load
// Balancer" (Eisenbud and others, 2016, section 3.4): each server has an order of all
// slots of its own, and servers take turns to take the next slot that is free. What is
// of Linux is what goes into it, and the tests with the tag ipvs ask a kernel whether it
// is so:
//
//   - Servers have their turns in the order of the kernel's list, where the one that was
//     added last is the first.
//   - A turn is as many slots as the server's weight says, in proportion: weights are
//     divided by what divides all of them, and halved until the largest has half as many
//     bits as a slot's number. A server counts with the last weight it had that was not 0, so one
//     that is set to 0 keeps its slots.
//   - Clients and servers are hashed with hsiphash, which on 64-bit machines is SipHash-1-3
//     of one 32-bit word: address plus port. The address of IPv6 is the exclusive or of its four
//     words. The keys are constants, so all directors agree. On 32-bit machines it is another
//     function, and this model does not hold.
package maglev
