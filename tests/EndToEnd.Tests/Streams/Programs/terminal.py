# Runs a command under a terminal of a certain size and says what a shell behind it sees: its size, its size after a change, that
# Ctrl-C interrupts, and the exit code.
import fcntl, os, pty, select, signal, struct, sys, termios, time

def size(of, rows, columns):
    fcntl.ioctl(of, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

pid, terminal = pty.fork()
if pid == 0:
    size(0, 33, 101)   # here, before the command looks
    os.execvp(sys.argv[1], sys.argv[1:])
output = b''

def until(text, limit=20.0):
    global output
    end = time.monotonic() + limit
    while text not in output and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                more = os.read(terminal, 4096)
            except OSError:
                return False
            if not more:
                return False
            output += more
    return text in output

def ask(line, answer, tries=1):
    for _ in range(tries):
        os.write(terminal, line + b'\n')
        if until(answer, 20.0 / tries):
            return True
    return False

said = []
ask(b'', b'# ', 20)
if ask(b'stty size', b'33 101', 40): said.append('size')
size(terminal, 44, 122)
os.kill(pid, signal.SIGWINCH)
if ask(b'stty size', b'44 122', 40): said.append('resized')
# In a shell of its own: what it prints shows that its process group has the terminal. Between a built-in command and the next program
# of the shell that reads the keys, the key would reach that shell alone.
os.write(terminal, b"sh -c 'echo be\"\"gun; sleep 100'\n")
until(b'begun')
os.write(terminal, b'\x03')
if ask(b'echo code-$?', b'code-130', 40): said.append('interrupted')
os.write(terminal, b'exit 5\n')
until(b'never to be seen', 5)
_, status = os.waitpid(pid, 0)
print(*said, os.waitstatus_to_exitcode(status))
