using System.Diagnostics;
using Slipway.Testing;

namespace EndToEnd.Tests.Streams;

/// <summary>The tests that connect to pods share them.</summary>
[CollectionDefinition(Name)]
public sealed class StreamTestGroup : ICollectionFixture<StreamPods>
{
    public const string Name = "streams";
}

/// <summary>Pods to connect to, and the clients that do.</summary>
public sealed class StreamPods(ClusterFixture cluster) : IAsyncLifetime
{
    /// <summary>The image of the pods.</summary>
    public const string Image = "slipway.local/streams:1";

    private const string Manifest = $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: {{Image}}
            command: [httpd, -f, -p, "8080", -h, /www]
            ports: [ { containerPort: 8080 } ]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: shell, annotations: { kubectl.kubernetes.io/default-container: main } }
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - { name: other, image: {{Image}}, command: [sleep, "100000"] }
          - { name: main, image: {{Image}}, command: [sleep, "100000"] }
          - { name: terminal, image: {{Image}}, command: [sh], stdin: true, tty: true }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [ { name: http, port: 80, targetPort: 8080 } ]
        """;

    public SlipwayCli Slipway => cluster.Slipway;

    /// <summary>How kubectl may connect: by WebSockets, by SPDY, and as one did that knows only SPDY.</summary>
    public static TheoryData<string> Ways => ["websocket", "spdy", "old"];

    public async ValueTask InitializeAsync()
    {
        await BuildImageAsync();
        await ApplyAsync(Manifest);
        (await Slipway.KubectlAsync("wait", "pod", "web", "shell", "--for=condition=Ready", "--timeout=60s")).Expect();
    }

    public async ValueTask DisposeAsync() =>
        (await Slipway.KubectlAsync("delete", "pod/web", "pod/shell", "service/web", "--ignore-not-found", "--grace-period=0", "--force")).Expect();

    /// <summary>Applies a manifest, in which <c>IMAGE</c> stands for the image of the pods.</summary>
    public async Task ApplyAsync(string manifest)
    {
        var file = Path.Combine(Slipway.Home, $"{Guid.NewGuid():n}.yaml");
        await File.WriteAllTextAsync(file, manifest.Replace("IMAGE", Image, StringComparison.Ordinal));
        (await Slipway.KubectlAsync("apply", "-f", file)).Expect();
    }

    /// <summary>Runs kubectl, which connects in one of the <see cref="Ways"/>.</summary>
    public Task<CommandResult> KubectlAsync(string way, string? input, params string[] arguments) => RunAsync(Kubectl(way), way, input, arguments);

    /// <summary>Path of the kubectl of a way.</summary>
    public static string Kubectl(string way) => Repository.Require(Repository.File("artifacts", "clients", way == "old" ? "kubectl-old" : "kubectl"));

    /// <summary>Runs a program that finds the cluster by its kubeconfig.</summary>
    public Task<CommandResult> RunAsync(string program, string way, string? input, params string[] arguments) =>
        CommandResult.RunAsync(Start(program, way, arguments), TimeSpan.FromMinutes(2), input);

    /// <summary>How such a program is started.</summary>
    public ProcessStartInfo Start(string program, string way, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Slipway.Home };
        start.Environment["HOME"] = Slipway.Home;
        start.Environment["KUBECONFIG"] = Slipway.Kubeconfig;
        start.Environment["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"] = start.Environment["KUBECTL_PORT_FORWARD_WEBSOCKETS"] = way == "websocket" ? "true" : "false";
        return start;
    }

    private async Task BuildImageAsync()
    {
        var (context, built) = (Path.Combine(Slipway.Home, "streams"), Path.Combine(Slipway.Home, "streams.built"));
        if (File.Exists(built))
            return; // by a test before
        if (Directory.Exists(context))
            Directory.Delete(context, recursive: true); // of a build that failed
        var bin = Directory.CreateDirectory(Path.Combine(context, "root", "bin")).FullName;
        var www = Directory.CreateDirectory(Path.Combine(context, "root", "www", "cgi-bin")).FullName;
        Directory.CreateDirectory(Path.Combine(context, "root", "tmp"));
        File.Copy(Repository.Require("/bin/busybox"), Path.Combine(bin, "busybox"), overwrite: true);
        foreach (var program in "sh cat echo sleep tar httpd stty ls true false kill mkdir rm sha256sum dd seq head wc test nc printf env".Split(' '))
            File.CreateSymbolicLink(Path.Combine(bin, program), "busybox");
        await File.WriteAllTextAsync(Path.Combine(www, "..", "index.html"), "hello\n");
        var script = Path.Combine(www, "sum");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho 'Content-Type: text/plain'\necho\necho \"$REQUEST_METHOD $QUERY_STRING $(head -c ${CONTENT_LENGTH:-0} | sha256sum)\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), "FROM scratch\nCOPY root/ /\nENV PATH=/bin\n");
        (await Slipway.RunAsync("image", "build", "-t", Image, context)).Expect();
        await File.WriteAllTextAsync(built, "");
    }
}
