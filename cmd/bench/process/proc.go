package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times under /proc: USER_HZ is 100 on every architecture
// that Go runs on.
const tick = 10 * time.Millisecond

// CPU returns the processor time that a process has used so far, in user and
// kernel mode, to 10 ms. Linux only.
func CPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("read the CPU time of a process: %w", err)
	}
	return parseStat(text)
}

// parseStat reads /proc/PID/stat (proc_pid_stat(5)).
func parseStat(text []byte) (time.Duration, error) {
	// The second field is the program's name in parentheses, and may hold both
	// spaces and parentheses.
	end := bytes.LastIndexByte(text, ')')
	fields := strings.Fields(string(text[end+1:]))
	const utime, stime = 14 - 3, 15 - 3 // the first field after the name is the third
	if end < 0 || len(fields) <= stime {
		return 0, errors.New("read the CPU time of a process: too few fields")
	}
	return ticks(fields[utime], fields[stime])
}

// Memory returns the resident memory of a process in bytes. Linux only.
func Memory(pid int) (int64, error) {
	return memory(pid, "VmRSS")
}

// PeakMemory returns the most resident memory that a process had since it began, or since
// ForgetPeak, in bytes. Linux only.
func PeakMemory(pid int) (int64, error) {
	return memory(pid, "VmHWM")
}

// ForgetPeak has PeakMemory begin anew. Linux only.
func ForgetPeak(pid int) error {
	const peak = "5" // proc_pid_clear_refs(5)
	if err := os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "clear_refs"), []byte(peak), 0); err != nil {
		return fmt.Errorf("forget the most memory of a process: %w", err)
	}
	return nil
}

func memory(pid int, field string) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, fmt.Errorf("read the memory of a process: %w", err)
	}
	return parseStatus(text, field)
}

// parseStatus reads a field of /proc/PID/status (proc_pid_status(5)) that is in kB.
func parseStatus(text []byte, field string) (int64, error) {
	for line := range strings.Lines(string(text)) {
		value, found := strings.CutPrefix(line, field+":")
		if !found {
			continue
		}
		number, unit := strings.CutSuffix(strings.TrimSpace(value), " kB")
		kib, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || !unit || kib < 0 {
			return 0, fmt.Errorf("read the memory of a process: %s is %q", field, strings.TrimSpace(value))
		}
		return kib << 10, nil
	}
	return 0, errors.New("read the memory of a process: there is no " + field)
}

// MachineCPU returns the time that all processors together have been busy so
// far, with whatever program. Linux only.
func MachineCPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read the CPU time of the machine: %w", err)
	}
	return parseMachine(text)
}

// parseMachine reads /proc/stat (proc_stat(5)).
func parseMachine(text []byte) (time.Duration, error) {
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, errors.New("read the CPU time of the machine: there is no line cpu")
	}
	// user nice system idle iowait irq softirq steal
	return ticks(fields[1], fields[2], fields[3], fields[6], fields[7], fields[8])
}

func ticks(fields ...string) (time.Duration, error) {
	var sum int64
	for _, field := range fields {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("read CPU time: %q is no number of ticks", field)
		}
		sum += n
	}
	return time.Duration(sum) * tick, nil
}
