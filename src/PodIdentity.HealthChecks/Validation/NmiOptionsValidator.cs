using Microsoft.Extensions.Options;
using PodIdentity.HealthChecks.Nmi;

namespace PodIdentity.HealthChecks.Validation;

/// <summary>Finds every mistake in the options of one registration at once.</summary>
internal sealed class NmiOptionsValidator(string registration) : IValidateOptions<NmiHealthCheckOptions>
{
    public ValidateOptionsResult Validate(string? name, NmiHealthCheckOptions options)
    {
        if (!string.Equals(name, registration, StringComparison.Ordinal))
        {
            return ValidateOptionsResult.Skip;
        }

        var complaints = Complaints.AboutCheck(registration);
        CheckParts(options, complaints);
        complaints.CheckHttp(nameof(options.Endpoint), options.Endpoint, "\"http://10.240.0.4:8085/healthz\"");
        complaints.CheckHttp(nameof(options.MetadataAddress), options.MetadataAddress, "\"http://169.254.169.254/\"");
        complaints.CheckTimes(options);
        return complaints.ToResult();
    }

    /// <summary>What the endpoint is put together from, where it is not given as a whole.</summary>
    public static void CheckParts(NmiHealthCheckOptions options, Complaints complaints)
    {
        if (options.Endpoint is not null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(options.HostIp))
        {
            complaints.Add(
                nameof(options.HostIp),
                null,
                $"the node's address is neither configured nor in {NmiEndpoint.HostIpVariable}",
                $"write this into the container's spec\n\n{HostIp.PodSpec}\n");
        }
        else if (NmiEndpoint.Build(options.HostIp, 1, "/") is null)
        {
            complaints.Add(nameof(options.HostIp), options.HostIp, "it must be an IP address or a host name, without scheme and port", "\"10.240.0.4\"");
        }

        if (options.Port is < 1 or > 65535)
        {
            complaints.Add(nameof(options.Port), options.Port, "it must be between 1 and 65535", "8085");
        }

        if (options.Path is not ['/', ..])
        {
            complaints.Add(nameof(options.Path), options.Path, "it must start with a slash", "\"/healthz\"");
        }
    }
}
