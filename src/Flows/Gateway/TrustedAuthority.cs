using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Flows;

/// <summary>Trust in the certificates of one authority, in place of those that the machine knows.</summary>
internal static class TrustedAuthority
{
    /// <summary>The policy by which a server's certificate is judged.</summary>
    /// <param name="pem">The authority's certificate, PEM.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="InvalidDataException">The certificate cannot be read.</exception>
    public static X509ChainPolicy Of(string pem, string what)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"{what} cannot be read: {e.Message}", e);
        }

        return policy;
    }
}
