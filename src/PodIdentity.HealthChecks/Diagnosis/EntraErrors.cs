using System.Globalization;

namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What to do about the errors of Microsoft Entra ID that occur in practice.</summary>
internal static class EntraErrors
{
    private const string Prefix = "AADSTS";
    private const int FewestDigits = 4;
    private const int MostDigits = 9;

    /// <returns>The number of the first error that a text names.</returns>
    public static int? Find(ReadOnlySpan<char> text)
    {
        while (text.IndexOf(Prefix) is >= 0 and var at)
        {
            text = text[(at + Prefix.Length)..];
            var most = text[..Math.Min(text.Length, MostDigits)];
            var digits = most.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? most[..end] : most;
            if (digits.Length >= FewestDigits)
            {
                return int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    /// <summary>Whether Microsoft Entra ID may grant a moment later what it has refused with this number.</summary>
    public static bool MayBeNoise(int code) => code is 70021 or 700211 or 700213 or 70023 or 90061;

    /// <summary>Whether the token that was to be exchanged does not fit the federated credentials of the identity.</summary>
    public static bool IsOfFederation(int code) => code is 70021 or 700211 or 700213 or 700212 or 7002138 or 70025;

    public static string Hint(int code) => code switch
    {
        70021 or 700211 or 700213 =>
            "No federated credential of the identity matches the pod's token. Compare issuer, subject (`system:serviceaccount:NAMESPACE:NAME`) and audience (`az identity federated-credential list`). A new federated credential can take a few minutes to take effect",
        7002138 =>
            "A federated credential differs from the token only in upper and lower case: compare issuer and subject letter by letter (`az identity federated-credential list`)",
        700212 =>
            "Compare the federated credential's audience, `api://AzureADTokenExchange`, with the projected token's. A token for `api://AKSIdentityBinding` must go to the identity binding's proxy: use WorkloadIdentityCredential with IsAzureProxyEnabled, not ManagedIdentityCredential or DefaultAzureCredential",
        70025 =>
            "The identity has no federated credential: create one (`az identity federated-credential create`), and check that AZURE_CLIENT_ID names the identity you mean",
        70023 or 90061 =>
            "Microsoft Entra ID could not process the federated token just now, for example because it could not fetch the cluster's keys. This usually clears up on its own. If it persists, compare the cluster's issuer URL (`az aks show --query oidcIssuerProfile.issuerUrl`) with the federated credential's issuer",
        50196 => "Microsoft Entra ID sees the same request in a loop and throttles it: look for a client that requests tokens without a cache, and request them less often (raise ResultLifetime or, for an exec probe, `periodSeconds`)",
        70011 => "The scope is not valid: check the option Resource, which must be one resource without `/.default`",
        700024 => "The federated token has expired. The kubelet renews it: check the node's clock, and that the token is read from its file each time",
        90002 => "There is no such tenant: check AZURE_TENANT_ID, and the service account's annotation `azure.workload.identity/tenant-id`",
        700016 => "There is no such application in the tenant: check the AzureIdentity's `clientID` or, with workload identity, AZURE_CLIENT_ID, which comes from the service account's annotation `azure.workload.identity/client-id`",
        7000215 or 7000222 => "The client secret is wrong or has expired: renew the secret of the AzureIdentity of type service principal",
        700027 => "The certificate of the AzureIdentity is wrong, or is not registered in Microsoft Entra ID: compare it with the certificates of the app registration",
        500011 => "There is no such resource in the tenant: check the option Resource",
        50034 => "There is no such account in this directory: check AZURE_TENANT_ID, and that the identity was created in that tenant",
        53003 or 530003 => "A conditional access policy of the tenant blocks the sign-in: see the sign-in logs of the workload identity",
        _ => "Look up the number at https://login.microsoftonline.com/error",
    };
}
