using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Network.Services;
using Slipway.Testing;

namespace Slipway.Network.Ingress;

/// <summary>The controller over a real API server, listening on an address of loopback.</summary>
public sealed class IngressControllerTests : IAsyncLifetime
{
    private const string Ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
    private static readonly Resource<IngressView> Ingress = NetworkKinds.Ingresses;

    private TestCluster _cluster = null!;
    private IngressController _controller = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        var host = new ControllerHost(_cluster.As("system:serviceaccount:slipway-system:network", "system:serviceaccounts", "system:serviceaccounts:slipway-system"), _cluster.Clock, _cluster.Logs);
        _controller = IngressController.Register(host, host.Informer(NetworkKinds.Slices).AddIndex(SliceView.ByService), Make.Network with { Pods = Ipv4Range.Parse("127.9.8.0/24") }, "here", new(FreePort(), FreePort()));
        _cluster.Run(host.RunAsync);
        await _cluster.WaitAsync(NetworkKinds.IngressClasses, null, "slipway", c => c is { Spec.Controller: "slipway.dev/ingress" });
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Nothing_listens_without_ingresses_and_the_class_is_the_default()
    {
        await CreateIngressAsync("of-other", """ "ingressClassName":"nginx", """);
        Assert.Empty(_controller.Addresses);
        await CreateIngressAsync("web");
        var ingress = await AddressAsync("web");
        Assert.Equal("slipway", ingress.Spec.IngressClassName);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await CodeAsync());
        Assert.Null((await _cluster.Admin.GetAsync(Ingress, "default", "of-other"))!.Status?.LoadBalancer?.Ingress);

        await _cluster.Admin.DeleteAsync(Ingress, "default", "web");
        await UntilAsync(() => !_controller.Addresses.Any());
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(new(IPAddress.Parse("127.9.8.1"), 80)));
    }

    [Fact]
    public async Task An_ingress_that_goes_to_another_class_loses_its_address()
    {
        await CreateIngressAsync("web");
        await AddressAsync("web");
        await _cluster.PatchAsync($"{Ingresses}/web", """{"spec":{"ingressClassName":"nginx"}}""");
        await _cluster.WaitAsync(Ingress, "default", "web", i => i!.Status?.LoadBalancer?.Ingress is null or []);
    }

    [Fact]
    public async Task What_is_wrong_is_told_in_events()
    {
        await CreateIngressAsync("web", """ "tls":[{"hosts":["a.org"],"secretName":"cert"}], """);
        await EventAsync("BackendNotFound", "the service default/web does not exist");
        await EventAsync("CertificateNotFound", "the Secret default/cert does not exist; clients get a certificate that nobody vouches for");
        await _cluster.CreateAsync("/api/v1/namespaces/default/services", """{"metadata":{"name":"web"},"spec":{"ports":[{"name":"http","port":8080}]}}""");
        await EventAsync("BackendNotFound", "the service default/web has no TCP port 80; it has 8080 (http)");
        await _cluster.CreateAsync(Ingresses, """{"metadata":{"name":"bucket"},"spec":{"defaultBackend":{"resource":{"kind":"Bucket","name":"b"}}}}""");
        await EventAsync("UnsupportedBackend", "the backend Bucket \"b\" is no service, and ingresses of this class lead to services alone");
    }

    [Fact]
    public async Task Certificates_follow_their_Secrets()
    {
        await CreateIngressAsync("web", """ "tls":[{"hosts":["a.org"],"secretName":"cert"}], """);
        await AddressAsync("web");
        await UntilAsync(async () => await CertificateAsync("a.org") == "CN=Slipway Ingress Default Certificate");
        await CreateSecretAsync("first");
        await UntilAsync(async () => await CertificateAsync("a.org") == "CN=first");
        await _cluster.Admin.SendForBodyAsync(new("DELETE", "/api/v1/namespaces/default/secrets/cert"));
        await CreateSecretAsync("second");
        await UntilAsync(async () => await CertificateAsync("a.org") == "CN=second");
    }

    [Fact]
    public async Task A_service_of_type_LoadBalancer_has_its_port_before_ingresses()
    {
        await CreateIngressAsync("web");
        await AddressAsync("web");
        var port = _controller.Addresses.Single().Port;
        await _cluster.CreateAsync("/api/v1/namespaces/default/services", string.Create(CultureInfo.InvariantCulture, $$"""{"metadata":{"name":"own"},"spec":{"type":"LoadBalancer","ports":[{"port":{{port}} }] } }"""));
        await EventAsync("PortInUse", string.Create(CultureInfo.InvariantCulture,
            $"TCP port {port} is in use by the service default/own of type LoadBalancer; free it, or give \"slipway down\" and then \"slipway up --ingress-http-port PORT\""));
        await UntilAsync(() => !_controller.Addresses.Any());
        await _cluster.WaitAsync(Ingress, "default", "web", i => i!.Status?.LoadBalancer?.Ingress is null or []);
        await _cluster.Admin.SendForBodyAsync(new("DELETE", "/api/v1/namespaces/default/services/own"));
        await AddressAsync("web");
    }

    private Task<JsonObject> CreateIngressAsync(string name, string spec = "") =>
        _cluster.CreateAsync(Ingresses, $$"""{"metadata":{"name":"{{name}}"},"spec":{ {{spec}} "defaultBackend":{"service":{"name":"web","port":{"number":80} } } } }""");

    private async Task<IngressView> AddressAsync(string name) => (await _cluster.WaitAsync(Ingress, "default", name, i => i?.Status?.LoadBalancer?.Ingress is [{ Ip: "127.9.8.1" }]))!;

    private async Task CreateSecretAsync(string name)
    {
        var (certificate, key) = IngressCertificatesTests.Pem(name, "a.org");
        await _cluster.CreateAsync("/api/v1/namespaces/default/secrets", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "cert" },
            ["type"] = "kubernetes.io/tls",
            ["stringData"] = new JsonObject { ["tls.crt"] = certificate, ["tls.key"] = key },
        }.ToJsonString());
    }

    private Task EventAsync(string reason, string message) => UntilAsync(async () =>
        JsonNode.Parse((await _cluster.Admin.SendForBodyAsync(new("GET", "/api/v1/namespaces/default/events"))).Span)!["items"]!.AsArray()
            .Any(e => ((string?)e!["reason"], (string?)e["message"], (string?)e["involvedObject"]!["kind"]) == (reason, message, "Ingress")));

    private async Task<HttpStatusCode> CodeAsync()
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://{_controller.Addresses.First()}"));
        return answer.StatusCode;
    }

    private async Task<string> CertificateAsync(string name)
    {
        using var client = await ConnectAsync(_controller.Addresses.Last());
#pragma warning disable CA5359 // It looks at what it gets.
        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(name);
        return ((X509Certificate2)tls.RemoteCertificate!).Subject;
    }

    private static async Task<TcpClient> ConnectAsync(IPEndPoint address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address);
        return client;
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TestCluster.Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.9.8.1"), 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
