using Microsoft.Extensions.Time.Testing;

namespace Slipway.Client.Tests.Https;

public sealed class ExecCredentialTests : IDisposable
{
    private const string Version = "client.authentication.k8s.io/v1";
    private readonly string _directory = Directory.CreateTempSubdirectory("plugin").FullName;
    private readonly FakeTimeProvider _clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_plugin_is_run_when_there_is_no_token_and_when_it_has_expired()
    {
        // Writes how often it was run, what it was told and what its variable is.
        var script = Path.Combine(_directory, "plugin");
        await File.WriteAllTextAsync(script, """
            #!/bin/sh
            echo x >> "$(dirname "$0")/runs"
            case $KUBERNETES_EXEC_INFO in *'"interactive":false'*) ;; *) exit 1;; esac
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$1-$WHO-$(wc -l < "$(dirname "$0")/runs")'","expirationTimestamp":"2026-01-01T01:00:00Z"}}'
            """, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var context = Kubeconfig.Parse($$"""
            contexts: [{ name: c, context: { cluster: c, user: u } }]
            clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1" } }]
            users:
            - name: u
              user:
                exec: { apiVersion: {{Version}}, command: ./plugin, args: [get-token], env: [{ name: WHO, value: me }] }
            """, Path.Combine(_directory, "config")).Context("c")!;
        using var credentials = new ExecCredentials(context.Plugin!, _clock);
        Assert.Equal("get-token-me-1", await credentials.TokenAsync(TestContext.Current.CancellationToken));
        Assert.Equal("get-token-me-1", await credentials.TokenAsync(TestContext.Current.CancellationToken));
        _clock.Advance(TimeSpan.FromMinutes(59.6));
        Assert.Equal("get-token-me-2", await credentials.TokenAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_plugin_that_is_not_there_is_named_with_what_to_do()
    {
        using var credentials = new ExecCredentials(new() { ApiVersion = Version, Command = "/no/such/plugin", InstallHint = "install it" }, _clock);
        var error = await Assert.ThrowsAsync<IOException>(() => credentials.TokenAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.StartsWith("/no/such/plugin, which gives the credentials, cannot be started: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; install it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no json", "has written no ExecCredential")]
    [InlineData("""{"apiVersion":"client.authentication.k8s.io/v1beta1"}""", "has written client.authentication.k8s.io/v1beta1 where client.authentication.k8s.io/v1 was expected")]
    [InlineData("""{"apiVersion":"client.authentication.k8s.io/v1","status":{}}""", "gives no token")]
    public void What_is_no_token_is_told(string output, string told)
    {
        var error = Assert.Throws<IOException>(() => ExecCredentials.Read(new() { ApiVersion = Version, Command = "plugin" }, output));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }
}
