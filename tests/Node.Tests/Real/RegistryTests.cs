using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Node.Tests.Real;

/// <summary>Pulls from a real registry (Debian's docker-registry) on loopback that asks for a password.</summary>
[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class RegistryTests(NodeFixture fixture)
{
    private const string User = "puller", Password = "sesame";

    [Fact]
    public async Task An_image_is_pulled_with_the_credentials_of_the_pods_secret_and_not_without()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        var port = FreePort();
        var home = Directory.CreateDirectory(Path.Combine(node.Home, "registry")).FullName;
        using var registry = await StartRegistryAsync(home, port);
        try
        {
            var digest = await PushAsync(port, "team/app", "1");
            var image = $"127.0.0.1:{port}/team/app:1";
            await node.CreateAsync("denied", $$""", "image": "{{image}}", "command": ["true"] """);
            var denied = await node.WaitAsync("denied", p => p.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "ErrImagePull");
            Assert.Matches("401 Unauthorized|authorization failed|basic auth", denied.Status.ContainerStatuses[0].State.Waiting.Message);

            var auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{ "auths": { "127.0.0.1:{{port}}": { "username": "{{User}}", "password": "{{Password}}" } } }"""));
            await node.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", $$"""
                { "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "registry" }, "type": "kubernetes.io/dockerconfigjson", "data": { ".dockerconfigjson": "{{auth}}" } }
                """);
            await node.CreateAsync("pulls", $$""", "image": "{{image}}", "command": ["/bin/busybox", "echo", "pulled"] """, """, "imagePullSecrets": [ { "name": "registry" } ] """);
            var pod = await node.WaitForPhaseAsync("pulls", "Succeeded");
            Assert.Equal($"127.0.0.1:{port}/team/app@{digest}", pod.Status.ContainerStatuses[0].ImageID);
            Assert.Equal("pulled\n", await node.LogAsync("pulls"));

            await node.CreateAsync("pinned", $$""", "image": "127.0.0.1:{{port}}/team/app@{{digest}}", "command": ["/bin/busybox", "true"] """);
            await node.WaitForPhaseAsync("pinned", "Succeeded");
        }
        finally
        {
            registry.Kill();
        }
    }

    private static async Task<Process> StartRegistryAsync(string home, int port)
    {
        Assert.True(File.Exists("/usr/bin/docker-registry") && File.Exists("/usr/bin/htpasswd"),
            "This test runs a registry; install it (apt-get install docker-registry apache2-utils).");
        var (_, users) = await new ProcessCall("htpasswd", "-Bbn", User, Password).RunAsync();
        await File.WriteAllTextAsync($"{home}/users", users);
        await File.WriteAllTextAsync($"{home}/config.yml", $$"""
            version: 0.1
            log: { level: error }
            storage: { filesystem: { rootdirectory: {{home}}/data } }
            http: { addr: "127.0.0.1:{{port}}" }
            auth: { htpasswd: { realm: test, path: {{home}}/users } }
            """);
        var process = Process.Start(new ProcessStartInfo("/usr/bin/docker-registry", ["serve", $"{home}/config.yml"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            try
            {
                await http.GetAsync(new Uri($"http://127.0.0.1:{port}/v2/"), patience.Token);
                return process;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
            }
        }
    }

    // Pushes the blobs of an archive as the distribution API has it; returns the manifest's digest.
    private static async Task<string> PushAsync(int port, string repository, string tag)
    {
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
        using var archive = new MemoryStream();
        Node.Images.OciArchive.Write(archive, NodeFixture.BusyboxImage("slipway.local/pushed:1") with { Environment = ["PUSHED=1"] });
        archive.Position = 0;
        await using var tar = new System.Formats.Tar.TarReader(archive);
        var blobs = new Dictionary<string, byte[]>();
        while (await tar.GetNextEntryAsync(copyData: true) is { } entry)
            if (entry.DataStream is { } data)
            {
                using var copy = new MemoryStream();
                await data.CopyToAsync(copy);
                blobs[entry.Name] = copy.ToArray();
            }
        var manifestDigest = (string)JsonNode.Parse(blobs["index.json"])!["manifests"]![0]!["digest"]!;
        foreach (var (name, blob) in blobs.Where(b => b.Key.StartsWith("blobs/", StringComparison.Ordinal)))
        {
            var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(blob))}";
            if (digest == manifestDigest)
                continue;
            using var start = await http.PostAsync(new Uri($"/v2/{repository}/blobs/uploads/", UriKind.Relative), null);
            var location = start.Headers.Location!.ToString();
            using var content = new ByteArrayContent(blob);
            (await http.PutAsync(new Uri($"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={digest}"), content)).EnsureSuccessStatusCode();
        }
        using var manifest = new ByteArrayContent(blobs[$"blobs/sha256/{manifestDigest["sha256:".Length..]}"]);
        manifest.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.oci.image.manifest.v1+json");
        (await http.PutAsync(new Uri($"/v2/{repository}/manifests/{tag}", UriKind.Relative), manifest)).EnsureSuccessStatusCode();
        return manifestDigest;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
