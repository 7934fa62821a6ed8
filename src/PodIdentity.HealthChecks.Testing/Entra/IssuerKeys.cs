using System.Security.Cryptography;
using System.Text.Json;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Entra;

/// <summary>The public keys of a cluster, by their ids.</summary>
internal sealed class IssuerKeys(IReadOnlyDictionary<string, RSAParameters> keys)
{
    /// <returns><see langword="null"/> when the text holds no RSA key.</returns>
    public static IssuerKeys? Read(string jwks)
    {
        try
        {
            using var document = JsonDocument.Parse(jwks);
            var keys = new Dictionary<string, RSAParameters>(StringComparer.Ordinal);
            foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray().Where(k => k.GetProperty("kty").ValueEquals("RSA")))
            {
                keys[key.GetProperty("kid").GetString()!] = new()
                {
                    Modulus = Base64Url.Decode(key.GetProperty("n").GetString()!),
                    Exponent = Base64Url.Decode(key.GetProperty("e").GetString()!),
                };
            }

            return keys.Count > 0 ? new IssuerKeys(keys) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    public bool HaveSigned(Assertion assertion)
    {
        if (!keys.TryGetValue(assertion.KeyId, out var parameters))
        {
            return false;
        }

        using var key = RSA.Create(parameters);
        return key.VerifyData(assertion.SignedPart, assertion.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
