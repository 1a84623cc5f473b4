using System.Runtime.InteropServices;
using Slipway.Client;

namespace Slipway.Host;

/// <summary>The certificate authorities that the machine trusts (OpenSSL's <c>SSL_CERT_FILE</c> and <c>SSL_CERT_DIR</c>).</summary>
internal static partial class SystemAuthorities
{
    private static readonly string[] Places = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

    /// <summary>
    /// Spares a command that talks to one cluster only, whose own authority the kubeconfig names, the reading of all the others: the runtime parses every file of them (some 140)
    /// when it first checks a certificate, whatever that is checked against, which is half of the time of a short command.
    /// </summary>
    public static void LeaveOut(KubeconfigContext context)
    {
        if (context.CertificateAuthority is null) return;
        foreach (var place in Places)
        {
            // Programs that this one starts get the environment as it was, of which the runtime makes its copy at the first change.
            Environment.SetEnvironmentVariable(place, Environment.GetEnvironmentVariable(place));
            if (SetOfLibrary(place, "/dev/null", overwrite: 1) != 0) throw new IOException($"cannot set {place}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetOfLibrary(string name, string value, int overwrite);
}
