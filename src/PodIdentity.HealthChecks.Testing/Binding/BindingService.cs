using PodIdentity.HealthChecks.Testing.Entra;
using PodIdentity.HealthChecks.Testing.Wire;

namespace PodIdentity.HealthChecks.Testing.Binding;

/// <summary>The proxy of identity bindings: from a request and the cluster's rules to an answer.</summary>
internal sealed class BindingService(SimulatedBinding binding, EntraService entra)
{
    private const string Json = "application/json";

    /// <param name="name">The name that the connection was made for.</param>
    /// <param name="method">Of the request.</param>
    /// <param name="path">Of the request.</param>
    /// <param name="form">What was posted.</param>
    public Answer Answer(string name, string method, string path, IReadOnlyDictionary<string, string> form)
    {
        if (!binding.Serves(name))
        {
            return Wire.Answer.Text(401, Json, """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}""");
        }

        if (method is not "POST" || path.Split('/') is not ["", var tenant, "oauth2", "v2.0", "token"])
        {
            return new(404, [], default);
        }

        var request = new TokenRequest(tenant, form);
        return binding.Authorized ? entra.AnswerBinding(request) : Wire.Answer.Text(403, Json, GoJson.Object(("error", "forbidden"), ("error_description", Refusal(request))));
    }

    private static string Refusal(TokenRequest request) =>
        $"{request.Assertion?.Subject} cannot use-managed-identity \"{request.ClientId}\" in API group \"cid.wi.aks.azure.com\" at the cluster scope";
}
