using FsCheck;
using FsCheck.Fluent;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>Any query of any request and any endpoint: the two are merged, and the endpoint's own parameters win.</summary>
public sealed class AnyAddressTests
{
    private static readonly Gen<string> Query =
        Gen.Elements("resource", "Resource", "api-version", "client_id", "=", "==", "&", "&&", "%", "%zz", "%26", "%3D", "+", " ", "?", "#", "x", "é", "\u202e", "\ud83d\ude00")
            .ListOf()
            .Select(string.Concat);

    [Fact]
    public void Any_two_queries_are_merged() => Always.Holds(
        from own in Query from asked in Query select (own, asked),
        queries =>
        {
            var endpoint = new Uri("http://10.0.0.1:81/token?" + queries.own);
            var request = new Uri("http://169.254.169.254/metadata/identity/oauth2/token?" + queries.asked);

            var merged = MetadataService.Rewrite(request, endpoint);

            Assert.Equal(endpoint.GetLeftPart(UriPartial.Path), merged.GetLeftPart(UriPartial.Path));
            var own = MetadataService.ParameterNames(endpoint).ToArray();
            Assert.Equal(
                (IEnumerable<string>)[.. own, .. MetadataService.ParameterNames(request).Where(n => !own.Contains(n, StringComparer.OrdinalIgnoreCase))],
                MetadataService.ParameterNames(merged),
                StringComparer.Ordinal);
        });
}
