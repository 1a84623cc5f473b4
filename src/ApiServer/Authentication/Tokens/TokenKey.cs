using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Slipway.ApiServer.Authentication;

/// <summary>A key that signs and verifies tokens: ES256 or RS256 (<see href="https://www.rfc-editor.org/rfc/rfc7518#section-3.1"/>).</summary>
internal sealed class TokenKey : IDisposable
{
    // Calls on one key at the same time are not documented to be safe; they are short, and verified tokens are remembered.
    private readonly Lock _gate = new();
    private readonly ECDsa? _curve;
    private readonly RSA? _rsa;

    private TokenKey(ECDsa? curve, RSA? rsa)
    {
        (_curve, _rsa) = (curve, rsa);
        Id = Base64Url.EncodeToString(SHA256.HashData((curve as AsymmetricAlgorithm ?? rsa!).ExportSubjectPublicKeyInfo()));
    }

    /// <summary>The <c>kid</c> in the headers of tokens: a hash of the public key.</summary>
    public string Id { get; }

    /// <summary>The <c>alg</c> in the headers of tokens.</summary>
    public string Algorithm => _curve is null ? "RS256" : "ES256";

    /// <summary>A new ECDSA P-256 key.</summary>
    public static TokenKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), null);

    /// <summary>Reads a private key.</summary>
    /// <exception cref="CryptographicException">It is none that can be used.</exception>
    public static TokenKey FromPem(string pem)
    {
        var rsa = RSA.Create();
        if (TryImport(rsa, pem))
            return rsa.KeySize >= 2048 ? new(null, rsa) : throw new CryptographicException($"an RSA key for tokens must have 2048 bits or more, not {rsa.KeySize}");
        rsa.Dispose();
        var curve = ECDsa.Create();
        curve.ImportFromPem(pem);
        return curve.KeySize == 256 ? new(curve, null) : throw new CryptographicException("an ECDSA key for tokens must be of the curve P-256");
    }

    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_gate)
            return _curve?.SignData(data, HashAlgorithmName.SHA256) ?? _rsa!.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        lock (_gate)
            return _curve?.VerifyData(data, signature, HashAlgorithmName.SHA256) ?? _rsa!.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <summary>Writes the public key as a JSON Web Key (<see href="https://www.rfc-editor.org/rfc/rfc7517"/>).</summary>
    public void WritePublic(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("use"u8, "sig"u8);
        json.WriteString("kty"u8, _curve is null ? "RSA"u8 : "EC"u8);
        json.WriteString("kid"u8, Id);
        if (_curve is not null)
        {
            var point = _curve.ExportParameters(false).Q;
            json.WriteString("crv"u8, "P-256"u8);
            json.WriteString("alg"u8, Algorithm);
            json.WriteString("x"u8, Base64Url.EncodeToString(point.X));
            json.WriteString("y"u8, Base64Url.EncodeToString(point.Y));
        }
        else
        {
            var key = _rsa!.ExportParameters(false);
            json.WriteString("alg"u8, Algorithm);
            json.WriteString("n"u8, Base64Url.EncodeToString(key.Modulus));
            json.WriteString("e"u8, Base64Url.EncodeToString(key.Exponent));
        }
        json.WriteEndObject();
    }

    public void Dispose()
    {
        _curve?.Dispose();
        _rsa?.Dispose();
    }

    private static bool TryImport(RSA rsa, string pem)
    {
        try
        {
            rsa.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;   // a key of another kind
        }
    }
}
