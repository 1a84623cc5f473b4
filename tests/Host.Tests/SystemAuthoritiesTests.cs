using System.Diagnostics;
using Slipway.Client;
using Slipway.Host;

namespace Host.Tests;

public class SystemAuthoritiesTests
{
    [Fact]
    public async Task Programs_that_are_started_have_them_still()
    {
        var before = await EnvironmentOfChildAsync();
        SystemAuthorities.LeaveOut(new KubeconfigContext { Name = "c", Server = "https://127.0.0.1:1", CertificateAuthority = "PEM" });
        Assert.Equal(before, await EnvironmentOfChildAsync());
        Assert.DoesNotContain("/dev/null", before);
    }

    private static async Task<string> EnvironmentOfChildAsync()
    {
        using var child = Process.Start(new ProcessStartInfo("sh", ["-c", "echo file=$SSL_CERT_FILE directory=$SSL_CERT_DIR"]) { RedirectStandardOutput = true })!;
        var said = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }
}
