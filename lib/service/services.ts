/** The services to run. */
export interface Services {
  readonly dhcp: boolean;
  readonly tftp: boolean;
  readonly http: boolean;
}
