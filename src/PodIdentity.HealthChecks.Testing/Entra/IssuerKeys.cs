using System.Security.Cryptography;
using System.Text.Json;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Entra;

/// <summary>The public keys of a cluster, by their ids: whether each of them has signed an assertion.</summary>
internal sealed class IssuerKeys(IReadOnlyDictionary<string, Func<Assertion, bool>> keys)
{
    /// <returns><see langword="null"/> when the text holds no RSA key and none of the curve P-256.</returns>
    public static IssuerKeys? Read(string jwks)
    {
        try
        {
            using var document = JsonDocument.Parse(jwks);
            var keys = new Dictionary<string, Func<Assertion, bool>>(StringComparer.Ordinal);
            foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray())
            {
                if (ReadKey(key) is { } hasSigned)
                {
                    keys[key.GetProperty("kid").GetString()!] = hasSigned;
                }
            }

            return keys.Count > 0 ? new IssuerKeys(keys) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    public bool HaveSigned(Assertion assertion) => keys.TryGetValue(assertion.KeyId, out var hasSigned) && hasSigned(assertion);

    /// <summary>The key decides which algorithm counts, and not the assertion.</summary>
    private static Func<Assertion, bool>? ReadKey(JsonElement key)
    {
        if (key.GetProperty("kty").ValueEquals("RSA"))
        {
            return HasSigned(new RSAParameters { Modulus = Part(key, "n"), Exponent = Part(key, "e") });
        }

        return key.GetProperty("kty").ValueEquals("EC") && key.GetProperty("crv").ValueEquals("P-256")
            ? HasSigned(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = { X = Part(key, "x"), Y = Part(key, "y") } })
            : null;
    }

    private static byte[]? Part(JsonElement key, string name) => Base64Url.Decode(key.GetProperty(name).GetString()!);

    private static Func<Assertion, bool> HasSigned(RSAParameters parameters) => assertion =>
    {
        using var key = RSA.Create(parameters);
        return key.VerifyData(assertion.SignedPart, assertion.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    };

    private static Func<Assertion, bool> HasSigned(ECParameters parameters) => assertion =>
    {
        using var key = ECDsa.Create(parameters);
        return key.VerifyData(assertion.SignedPart, assertion.Signature, HashAlgorithmName.SHA256);
    };
}
