# The Python client's streams.
from kubernetes import client, config, stream

config.load_kube_config()
core = client.CoreV1Api()
run = lambda command, method=core.connect_get_namespaced_pod_exec, **how: stream.stream(method, 'web', 'default', command=command, **how)

print('whole', repr(run(['sh', '-c', 'echo out'], stderr=True, stdin=False, stdout=True, tty=False)))
talk = run(['sh'], stderr=True, stdin=True, stdout=True, tty=False, _preload_content=False)
talk.write_stdin('echo one\necho two >&2\nexit 4\n')
talk.run_forever(timeout=30)
print('talk', repr(talk.read_stdout()), repr(talk.read_stderr()), talk.returncode)
talk.close()
posted = run(['true'], core.connect_post_namespaced_pod_exec, stderr=True, stdin=False, stdout=True, tty=False, _preload_content=False)
posted.run_forever(timeout=30)
print('posted', posted.returncode)
try:
    stream.stream(core.connect_get_namespaced_pod_exec, 'none', 'default', command=['true'], stdout=True)
except client.rest.ApiException as e:
    print('missing', e.reason.split(' -+-+- ')[0])

def fetch(port):
    forward = stream.portforward(core.connect_get_namespaced_pod_portforward, 'web', 'default', ports=str(port))
    socket = forward.socket(port)
    socket.setblocking(True)
    answer = b''
    try:
        socket.sendall(b'GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n')
        while piece := socket.recv(4096):
            answer += piece
    except (BrokenPipeError, ConnectionResetError):
        pass  # what was refused may be closed before the request is sent
    return answer, forward.error(port)

answer, error = fetch(8080)
print('forwarded', answer.split(b'\r\n')[0], answer.split(b'\r\n\r\n')[1], error)
answer, error = fetch(9)
print('refused', answer, 'connection refused' in error)
print('proxied', core.connect_get_namespaced_pod_proxy_with_path('web:8080', 'default', 'index.html').strip())
