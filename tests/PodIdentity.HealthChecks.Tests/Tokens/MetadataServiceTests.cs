using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Tokens;

public sealed class MetadataServiceTests
{
    [Theory]
    [InlineData("http://h:1/t", "http://h:1/t?api-version=2018-02-01&resource=https%3A%2F%2Fa%2F")]
    [InlineData("http://h:1/t?", "http://h:1/t?api-version=2018-02-01&resource=https%3A%2F%2Fa%2F")]
    [InlineData("http://h:1/t?x=1&y", "http://h:1/t?x=1&y&api-version=2018-02-01&resource=https%3A%2F%2Fa%2F")]
    [InlineData("http://h:1/t?api-version=2", "http://h:1/t?api-version=2&resource=https%3A%2F%2Fa%2F")]
    [InlineData("http://h:1/t?API-Version=2", "http://h:1/t?API-Version=2&resource=https%3A%2F%2Fa%2F")]
    public void Parameters_are_merged_and_the_endpoints_own_win(string endpoint, string expected) => Assert.Equal(
        expected,
        MetadataService.Rewrite(
            new Uri("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fa%2F"), new Uri(endpoint)).AbsoluteUri);

    [Theory]
    [InlineData("http://169.254.169.254/metadata/identity/oauth2/token?resource=x", true)]
    [InlineData("http://10.0.0.1:8080/metadata/identity/oauth2/token", true)]
    [InlineData("https://login.microsoftonline.com/tenant/oauth2/v2.0/token", false)]
    [InlineData("https://login.microsoftonline.com/common/discovery/instance", false)]
    public void Only_requests_to_the_metadata_service_are_its_own(string address, bool expected) =>
        Assert.Equal(expected, MetadataService.IsTokenRequest(new Uri(address)));
}
