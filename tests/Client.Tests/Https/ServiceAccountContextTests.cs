namespace Slipway.Client.Tests.Https;

public sealed class ServiceAccountContextTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("serviceaccount").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("10.0.0.1", "https://10.0.0.1:443")]
    [InlineData("fd00::1", "https://[fd00::1]:443")]
    public void A_container_of_a_cluster_reaches_it_as_its_service_account(string host, string server)
    {
        Put("token", "t");
        Put("ca.crt", "PEM");
        Put("namespace", "work\n");
        var context = ServiceAccountContext.Find(name => name == "KUBERNETES_SERVICE_HOST" ? host : "443", _directory)!;
        Assert.Equal((server, "PEM", Path.Combine(_directory, "token"), "work"), (context.Server, context.CertificateAuthority, context.TokenFile, context.Namespace));
    }

    [Fact]
    public void Elsewhere_there_is_none()
    {
        Assert.Null(ServiceAccountContext.Find(_ => "x", _directory));
        Put("token", "t");
        Assert.Null(ServiceAccountContext.Find(_ => null, _directory));
    }

    private void Put(string name, string content) => File.WriteAllText(Path.Combine(_directory, name), content);
}
