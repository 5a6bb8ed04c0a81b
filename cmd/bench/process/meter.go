package process

import (
	"os"
	"time"
)

// Meter measures who uses the processors between two moments.
type Meter struct {
	servers []int
	begun   time.Time
	at      reading
}

// Usage is what was used between two moments.
type Usage struct {
	Wall    time.Duration
	Servers time.Duration // processor time of the measured processes
	Clients time.Duration // of this process
	Others  time.Duration // of everything else on the machine
}

// reading is the time used since whenever.
type reading struct{ servers, clients, machine time.Duration }

// Measure begins to measure servers.
func Measure(servers ...*Child) (Meter, error) {
	m := Meter{begun: time.Now()}
	for _, s := range servers {
		m.servers = append(m.servers, s.PID())
	}
	var err error
	m.at, err = m.read()
	return m, err
}

// Stop returns what was used since Measure.
func (m Meter) Stop() (Usage, error) {
	now, err := m.read()
	return m.at.until(now, time.Since(m.begun)), err
}

func (r reading) until(now reading, wall time.Duration) Usage {
	u := Usage{Wall: wall, Servers: now.servers - r.servers, Clients: now.clients - r.clients}
	u.Others = max(0, now.machine-r.machine-u.Servers-u.Clients) // the three are not read at once
	return u
}

func (m Meter) read() (reading, error) {
	var r reading
	for _, pid := range m.servers {
		cpu, err := CPU(pid)
		if err != nil {
			return r, err
		}
		r.servers += cpu
	}
	var err error
	if r.clients, err = CPU(os.Getpid()); err != nil {
		return r, err
	}
	r.machine, err = MachineCPU()
	return r, err
}
