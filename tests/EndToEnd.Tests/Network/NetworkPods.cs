using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Pods of one small image that serve and ask, and waits for what becomes of them.</summary>
internal sealed class NetworkPods(SlipwayCli slipway)
{
    private const string Image = "slipway.local/network:1";

    // A static program of glibc cannot look up names, so that the machine's own shell, which can, goes into the image too; and its
    // Perl, which can listen for UDP.
    private static readonly string[] Programs = ["/bin/bash", "/usr/bin/perl"];

    private const string Functions = """
        reach() { busybox timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2"; }
        get() { busybox timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2; printf 'GET / HTTP/1.0\r\n\r\n' >&3; tail -n 1 <&3" 2>/dev/null || echo failed; }
        """;

    /// <summary>Builds the image into the cluster.</summary>
    public async Task BuildImageAsync()
    {
        var context = Directory.CreateDirectory(Path.Combine(slipway.Home, "network-image")).FullName;
        var libraries = (await CommandResult.RunAsync(new ProcessStartInfo("ldd", Programs), TimeSpan.FromSeconds(10))).Expect().Out
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith('/') && !word.EndsWith(':')).Distinct();
        foreach (var file in libraries.Concat(Programs))
        {
            var copy = Path.Combine(context, "root", file.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), $"FROM {BusyboxImage.Name}\nCOPY root/ /\nENV PATH=/bin\n");
        (await slipway.RunAsync("image", "build", "-t", Image, context)).Expect();
    }

    /// <summary>A pod that answers over HTTP at port 8080 with its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="app">Its label <c>app</c>.</param>
    /// <param name="ports">Its ports, in YAML.</param>
    /// <param name="ns">Its namespace.</param>
    public static string Server(string name, string app, string ports = "[{ name: http, containerPort: 8080 }]", string ns = "default") => $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: {{name}}, namespace: {{ns}}, labels: { app: {{app}} } }
        spec:
          terminationGracePeriodSeconds: 0
          containers:
            - name: main
              image: IMAGE
              ports: {{ports}}
              command: [sh, -c, "busybox mkdir -p /www; echo {{name}} > /www/index.html; exec busybox httpd -f -p 8080 -h /www"]
        """;

    /// <summary>Applies manifests, in which <c>IMAGE</c> is the image.</summary>
    public async Task ApplyAsync(params string[] manifests) =>
        (await slipway.RunWithInputAsync(string.Join("\n---\n", manifests).Replace("IMAGE", Image, StringComparison.Ordinal), "apply", "-f", "-")).Expect();

    /// <summary>Runs a script in a pod to its end and returns what it wrote.</summary>
    public async Task<string> RunAsync(string name, string script)
    {
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app"] = name } },
            ["spec"] = new JsonObject
            {
                ["restartPolicy"] = "Never",
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = Image, ["command"] = new JsonArray("sh", "-c", $"exec > /dev/termination-log 2>&1\n{Functions}\n{script}") }),
            },
        };
        (await slipway.RunWithInputAsync(pod.ToJsonString(), "apply", "-f", "-")).Expect();
        await WaitForAsync(async () => (string?)(await slipway.JsonAsync("get", "pod", name))["status"]?["phase"] is "Succeeded" or "Failed", $"pod {name} ends");
        return (string?)(await slipway.JsonAsync("get", "pod", name))["status"]!["containerStatuses"]![0]!["state"]!["terminated"]?["message"] ?? "";
    }

    /// <summary>Waits until a service has a number of ready endpoints.</summary>
    public Task WaitForEndpointsAsync(string service, int count) => WaitForAsync(async () => (await slipway.JsonAsync("get", "endpointslices"))["items"]!.AsArray()
        .Where(slice => (string?)slice!["metadata"]!["labels"]?["kubernetes.io/service-name"] == service)
        .SelectMany(slice => slice!["endpoints"]?.AsArray() ?? []).Count(endpoint => (bool?)endpoint!["conditions"]?["ready"] == true) == count, $"service {service} has {count} ready endpoints");

    /// <summary>The address of a running pod.</summary>
    public async Task<string> AddressAsync(string pod, string ns = "default")
    {
        var address = "";
        await WaitForAsync(async () =>
        {
            var status = (await slipway.JsonAsync("get", "pod", pod, "-n", ns))["status"];
            return (string?)status?["phase"] == "Running" && (address = (string?)status["podIP"] ?? "").Length > 0;
        }, $"pod {pod} runs");
        return address;
    }

    /// <summary>The address of the cluster's node.</summary>
    public async Task<string> NodeAddressAsync() => (string)(await slipway.JsonAsync("status"))["nodeAddress"]!;

    /// <summary>Who answers at an address, of many connections.</summary>
    public static async Task<string[]> SeenAsync(string address, int port)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 24; i++)
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            try
            {
                seen.Add((await http.GetStringAsync(new Uri($"http://{address}:{port}/"), TestContext.Current.CancellationToken)).Trim());
            }
            catch (HttpRequestException e)
            {
                seen.Add(e.Message);
            }
        }
        return [.. seen];
    }

    /// <summary>Whether a connection is refused at once.</summary>
    public static async Task<bool> IsRefusedAsync(string address, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;   // neither accepted nor refused
        }
    }

    /// <summary>Waits until something is so; a failure after a minute.</summary>
    public static Task WaitForAsync(Func<Task<bool>> condition, string what) => Waiting.UntilAsync(what, TimeSpan.FromSeconds(60), condition);
}
